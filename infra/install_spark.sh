#!/usr/bin/env bash
# Install the pinned Spark for people with a cluster; `make setup` needs none of this. See --help.
set -euo pipefail

version=3.5.3
name=spark-$version-bin-hadoop3
mirror=${SPARK_MIRROR:-https://dlcdn.apache.org/spark}
archive=${SPARK_ARCHIVE:-https://archive.apache.org/dist/spark}
signer=${SPARK_SIGNER:-0A2D660358B6F6F8071FD16F6606986CF5A8447C}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
delta_digests=$root/pipelines/brickyard/delta-jars.sha256

usage() {
  cat <<END
usage: infra/install_spark.sh [--prefix DIR] [--jars DIR]

Install Spark $version for Hadoop 3 as DIR/$name (default: .spark in this checkout), with Delta's jars in
jars/ and our spark-defaults.conf in conf/. What is there already is left as it is, and nothing is asked of the network.

The tarball comes from SPARK_MIRROR, else from SPARK_ARCHIVE; a download that broke off is resumed. Its SHA-512 must be
that of the archive's own .sha512 file. Where gpg is installed, the archive's .asc must be a signature by the key
$signer (SPARK_SIGNER sets another: for tests), looked up in the archive's KEYS; if either
file cannot be had, nothing is installed. Without gpg the signature is not checked, and a line says so.

Delta's jars are taken from --jars DIR, else from .venv (made by \`make setup\`), else fetched by the Ivy in the tarball, which
needs Java and heeds IVY_SETTINGS; their SHA-256 must be the one in pipelines/brickyard/delta-jars.sha256.

  SPARK_MIRROR   $mirror
  SPARK_ARCHIVE  $archive
                 each stands for what precedes /spark-$version/

exit codes: 0 installed, or there already; 2 an argument is wrong, or a program is missing; 3 something could not be
downloaded; 4 what was downloaded is not what it should be; 6 the folder cannot be written, or is full
END
}

say() { printf 'install_spark: %s\n' "$*" >&2; }

die() {
  local code=$1
  shift
  say "$*"
  exit "$code"
}

has() { command -v "$1" > /dev/null 2>&1; }

# fetch URL FILE: the rest of URL behind what FILE holds. False if it could not be had as a whole.
fetch() {
  local status=0 answer
  if ! has curl; then
    wget --no-verbose --tries=1 --timeout=60 --continue --output-document="$2" "$1" >&2 || status=$?
    [ "$status" != 3 ] || die 6 "$2 cannot be written"
    return "$status"
  fi
  answer=$(curl_rest "$1" "$2") || status=$?
  if [ "$status" = 33 ] || [ "$answer" = 416 ]; then # this server cannot resume what we hold: from the start
    rm -f "$2"
    status=0
    curl_rest "$1" "$2" > /dev/null || status=$?
  fi
  [ "$status" != 23 ] || die 6 "$2 cannot be written, or the disk is full"
  return "$status"
}

curl_rest() {
  local progress=--silent
  [ ! -t 2 ] || progress=--progress-bar
  curl --fail --location --show-error "$progress" --proto-redir =https --connect-timeout 20 --speed-limit 1 --speed-time 60 \
    --continue-at - --output "$2" --write-out '%{http_code}' "$1"
}

# fetch_small NAME FILE: a file of the archive that stands beside the tarball, as a whole
fetch_small() { fetch "$archive/$1" "$2" || die 3 "could not download $archive/$1; nothing was installed"; }

# The SHA-512 in the archive's file: `HASH  NAME`, or gpg's `NAME: AAAAAAAA BBBBBBBB ...` over several lines.
read_digest() {
  local text
  text=$(tr '\r\n' '  ' < "$1")
  text=${text//"$name.tgz:"/}
  text=${text//"$name.tgz"/}
  text=$(printf %s "${text,,}" | tr -d ' \t*')
  [[ $text =~ ^[0-9a-f]{128}$ ]] || die 3 "$archive/spark-$version/$name.tgz.sha512 holds no SHA-512 of $name.tgz; nothing was installed"
  printf %s "$text"
}

is_right() { [ -s "$part" ] && printf '%s  %s\n' "$digest" "$part" | sha512sum --check --status; }

size_of_part() { if [ -e "$part" ]; then wc -c < "$part"; else echo 0; fi; }

# The tarball into $part, from one host after the other: the bytes are the same, so the second goes on where the first broke off.
download() {
  local host wrong=""
  if is_right; then return; fi
  for host in "$mirror" "$archive"; do
    while true; do
      local before after
      before=$(size_of_part)
      say "downloading $host/spark-$version/$name.tgz$([ "$before" = 0 ] || echo ", from byte $before")"
      if fetch "$host/spark-$version/$name.tgz" "$part"; then
        if is_right; then return; fi
        say "what $host sent does not have the SHA-512 of $name.tgz; it was deleted"
        rm -f "$part"
        wrong=yes
        [ "$before" != 0 ] || break # else what we held may have been the fault: once more, from the start
      else
        after=$(size_of_part)
        [ "$after" -gt "$before" ] || break # broke off, but came further: go on
      fi
    done
  done
  [ -z "$wrong" ] || die 4 "no host sent the real $name.tgz; nothing was installed"
  die 3 "could not download $name.tgz: $(size_of_part) bytes are there, and the same command goes on from them"
}

check_signature() {
  if ! has gpg; then
    say "gpg is not installed: the SHA-512 was checked, the signature was not"
    return
  fi
  local home=$notes/gnupg status
  mkdir -m 700 "$home"
  fetch_small "spark-$version/$name.tgz.asc" "$notes/asc"
  fetch_small KEYS "$notes/KEYS"
  gpg --homedir "$home" --batch --quiet --no-autostart --import "$notes/KEYS" > /dev/null 2>&1 || true # the lookup below decides
  status=$(gpg --homedir "$home" --batch --no-autostart --status-fd 1 --verify "$notes/asc" "$part" 2> /dev/null || true)
  if grep -q REVKEYSIG <<< "$status" || ! grep -Eq "^\[GNUPG:\] VALIDSIG ($signer .*|.* $signer)$" <<< "$status"; then
    die 4 "$name.tgz bears no valid signature of the key $signer; nothing was installed"
  fi
}

unpack() {
  local link
  say "unpacking"
  tar -tzf "$part" > "$notes/names" || die 4 "$name.tgz is no archive; nothing was installed"
  if grep -Evq "^$name/" "$notes/names" || grep -Eq '(^|/)\.\.(/|$)' "$notes/names"; then
    die 4 "$name.tgz holds names outside of $name/; nothing was installed"
  fi
  tar -xzf "$part" -C "$scratch" --no-same-owner || die 6 "$prefix: could not unpack; is the disk full?"
  while IFS= read -r link; do
    case $(realpath -m "$link") in
      "$scratch/$name"/*) ;;
      *) die 4 "$name.tgz holds a link that leads out of $name/; nothing was installed" ;;
    esac
  done < <(find "$scratch/$name" -type l)
}

has_delta() { [ -d "$1" ] && (cd "$1" && sha256sum --check --status "$delta_digests" 2> /dev/null); }

add_delta() {
  local from jar
  for from in ${jars:+"$jars"} "$root"/.venv/lib/python*/site-packages/pyspark/jars "$notes/delta"; do
    [ "$from" != "$notes/delta" ] || fetch_delta
    if has_delta "$from"; then
      while read -r _ jar; do cp "$from/$jar" "$scratch/$name/jars/" || die 6 "$prefix: could not copy $jar; is the disk full?"; done < "$delta_digests"
      return
    fi
    [ "$from" != "$jars" ] || die 4 "$jars does not hold Delta's jars with the SHA-256 in $delta_digests"
  done
  die 4 "Delta's jars do not have the SHA-256 in $delta_digests; nothing was installed"
}

# Java's words for the proxy that curl and wget take from the environment
java_proxy() {
  local proxy=${https_proxy:-${HTTPS_PROXY:-}} direct=${no_proxy:-${NO_PROXY:-}}
  [ -n "$proxy" ] || return 0
  proxy=${proxy#*://}
  proxy=${proxy##*@}
  proxy=${proxy%%/*}
  direct=$(printf %s "$direct" | sed -E 's/ //g; s/(^|,)\./\1*./g; s/,/|/g')
  [[ $proxy == *:* ]] || proxy=$proxy:80
  printf '%s\n' "-Dhttps.proxyHost=${proxy%:*}" "-Dhttps.proxyPort=${proxy##*:}" ${direct:+"-Dhttp.nonProxyHosts=$direct"}
}

fetch_delta() {
  local java=${JAVA_HOME:+$JAVA_HOME/bin/}java jar module proxy
  mapfile -t proxy < <(java_proxy)
  has "$java" || die 2 "Delta's jars are missing and there is no Java to fetch them: run \`make setup\`, or name a folder with --jars"
  while read -r _ jar; do
    say "fetching $jar"
    module=${jar%-*}
    "$java" "${proxy[@]}" -cp "$(echo "$scratch/$name"/jars/ivy-*.jar)" org.apache.ivy.Main ${IVY_SETTINGS:+-settings "$IVY_SETTINGS"} \
      -cache "$notes/ivy" -notransitive -types jar -confs default -dependency io.delta "$module" "$(basename "${jar##*-}" .jar)" \
      -retrieve "$notes/delta/[artifact]-[revision].[ext]" < /dev/null > "$notes/ivy.log" 2>&1 \
      || { tail -5 "$notes/ivy.log" >&2; die 3 "could not fetch io.delta:$module; run \`make setup\`, or name a folder with --jars"; }
  done < "$delta_digests"
}

prefix=$root/.spark jars=""
while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --jars)
      [ -n "${2:-}" ] || die 2 "$1 needs a folder; see --help"
      if [ "$1" = --prefix ]; then prefix=$2; else jars=$2; fi
      shift 2
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) die 2 "unknown argument $1; see --help" ;;
  esac
done
for program in tar sha512sum sha256sum realpath; do
  has "$program" || die 2 "$program is needed"
done
has curl || has wget || die 2 "curl or wget is needed"

answer_if_there() {
  [ -e "$prefix/$name" ] || return 0
  has_delta "$prefix/$name/jars" || die 2 "$prefix/$name was not made by this script: move it away, or choose another --prefix"
  say "$prefix/$name is there already"
  cmp -s "$root/infra/spark-defaults.conf" "$prefix/$name/conf/spark-defaults.conf" \
    || say "its conf/spark-defaults.conf differs from infra/spark-defaults.conf, and was left as it is"
  exit 0
}

answer_if_there

mkdir -p "$prefix" 2> /dev/null && [ -w "$prefix" ] || die 6 "$prefix cannot be written"
prefix=$(cd "$prefix" && pwd -P)
if has flock; then # one at a time: the next one finds what the first has downloaded, or installed
  exec 9< "$prefix"
  flock --nonblock 9 || { say "another run is installing into $prefix; waiting for it" && flock 9; }
  answer_if_there
fi
part=$prefix/.$name.tgz.part
scratch=$(mktemp -d "$prefix/.install.XXXXXX") || die 6 "$prefix cannot be written" # beside the target: renamed, never half there
notes=$(mktemp -d) || die 6 "${TMPDIR:-/tmp} cannot be written"
trap 'rm -rf "$scratch" "$notes"' EXIT
trap 'exit 130' INT TERM

fetch_small "spark-$version/$name.tgz.sha512" "$notes/sha512"
digest=$(read_digest "$notes/sha512")
download
check_signature
unpack
add_delta
cp "$root/infra/spark-defaults.conf" "$scratch/$name/conf/" || die 6 "$prefix cannot be written"
mv -T "$scratch/$name" "$prefix/$name" || die 6 "$prefix/$name cannot be written"
rm -f "$part"
say "installed; export SPARK_HOME='$prefix/$name'"
