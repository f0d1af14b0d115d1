"""infra/install_spark.sh against hosts on loopback: their faults, their lies, and a disk that is full."""

import hashlib
import io
import os
import random
import shutil
import subprocess
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyspark
import pytest

from tests.infra.hosts import HTML, Host, serving

ROOT = Path(__file__).parent.parent.parent
NAME = "spark-3.5.3-bin-hadoop3"
PATH = f"/spark-3.5.3/{NAME}.tgz"
EVERYWHERE = (
    "bash basename cat cmp cp dirname env find grep gzip mkdir mktemp mv realpath rm sha256sum sha512sum tar tail tr wc"
)
CLOSED = "http://127.0.0.1:9"  # the port of `discard`, which nobody serves


def tarball(*more: tarfile.TarInfo) -> bytes:
    """A distribution in small: the right shape, and some noise so that its middle is in the middle of something."""
    files = {f"{NAME}/RELEASE": b"Spark 3.5.3\n", f"{NAME}/jars/a.jar": random.Random(1).randbytes(50_000),
             f"{NAME}/conf/log4j2.properties.template": b"", f"{NAME}/bin/spark-submit": b"#!/bin/sh\n"}  # fmt: skip
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            archive.addfile(member(name, size=len(content), mode=0o755), io.BytesIO(content))
        for one in more:
            archive.addfile(one)
    return buffer.getvalue()


def member(name: str, **values) -> tarfile.TarInfo:
    """A member of a tarball."""
    info = tarfile.TarInfo(name)
    for key, value in values.items():
        setattr(info, key, value)
    return info


class Signer:
    """A key of gpg's in a folder of its own."""

    def __init__(self, home: str):
        self.home = home
        self._gpg("--passphrase", "", "--quick-generate-key", "Test <test@localhost>", "ed25519", "sign", "never")
        listed = self._gpg("--with-colons", "--fingerprint").decode()
        self.fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))
        self.public = self._gpg("--armor", "--export")

    def sign(self, content: bytes) -> bytes:
        return self._gpg("--armor", "--detach-sign", content=content)

    def _gpg(self, *words: str, content: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", self.home, "--batch", "--quiet", *words]
        return subprocess.run(command, input=content, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def signer():
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed")
    with tempfile.TemporaryDirectory(prefix="gpg-") as home:  # a short path: it holds a socket
        yield Signer(home)
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=True)


@pytest.fixture(scope="module")
def spark_tarball():
    return tarball()


@pytest.fixture
def files(signer, spark_tarball):
    """What a host with everything serves."""
    return published(signer, spark_tarball)


def published(signer, content):
    digest = hashlib.sha512(content).hexdigest()
    return {PATH: content, f"{PATH}.sha512": f"{digest}  {NAME}.tgz\n".encode(), f"{PATH}.asc": signer.sign(content),
            "/KEYS": b"Keys of the people who sign\n\n" + signer.public}  # fmt: skip


@pytest.fixture
def install(signer, tmp_path):
    """Run the script; returns its process. The prefix has a space in its name."""

    def run(mirror, archive, *words, script=ROOT / "infra" / "install_spark.sh", **environment):
        given = {"SPARK_MIRROR": mirror, "SPARK_ARCHIVE": archive, "SPARK_SIGNER": signer.fingerprint} | environment
        command = ["bash", str(script), "--prefix", str(tmp_path / "a prefix"), *words]
        variables = {name: value for name, value in (os.environ | given).items() if value is not None}
        return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, cwd=tmp_path)

    return run


def installed(tmp_path):
    return tmp_path / "a prefix" / NAME


def left_behind(tmp_path):
    return sorted(path.name for path in (tmp_path / "a prefix").iterdir())


def test_the_mirror_is_enough_but_for_digest_signature_and_keys(install, files, tmp_path):
    with serving(Host(files)) as mirror, serving(Host(files)) as archive:
        result = install(mirror.address, archive.address)
    assert result.returncode == 0, result.stderr
    assert mirror.asked == [(PATH, None)]
    assert [path for path, _ in archive.asked] == [f"{PATH}.sha512", f"{PATH}.asc", "/KEYS"]
    assert left_behind(tmp_path) == [NAME]
    there = installed(tmp_path)
    assert (there / "conf" / "spark-defaults.conf").read_text() == (ROOT / "infra" / "spark-defaults.conf").read_text()
    digests = (ROOT / "pipelines" / "brickyard" / "delta-jars.sha256").read_text()
    assert subprocess.run(["sha256sum", "--check"], input=digests, text=True, cwd=there / "jars", check=False).returncode == 0
    assert os.access(there / "bin" / "spark-submit", os.X_OK)


def test_two_at_once_download_once_and_both_end_well(install, files, tmp_path):
    if shutil.which("flock") is None:
        pytest.skip("flock is not installed")
    with serving(Host(files)) as host, ThreadPoolExecutor(2) as both:
        results = list(both.map(lambda _: install(host.address, host.address), range(2)))
    assert [result.returncode for result in results] == [0, 0], [result.stderr for result in results]
    assert [path for path, _ in host.asked].count(PATH) == 1
    assert left_behind(tmp_path) == [NAME]


def test_a_second_run_asks_the_network_nothing_and_changes_nothing(install, files, tmp_path):
    with serving(Host(files)) as host:
        install(host.address, host.address)
        before, asked = (installed(tmp_path) / "RELEASE").stat().st_mtime_ns, len(host.asked)
        (installed(tmp_path) / "conf" / "spark-defaults.conf").write_text("spark.ui.enabled true\n")
        result = install(host.address, host.address)
        assert len(host.asked) == asked
    assert result.returncode == 0
    assert "is there already" in result.stderr
    assert "was left as it is" in result.stderr
    assert (installed(tmp_path) / "RELEASE").stat().st_mtime_ns == before


def test_a_folder_of_that_name_that_is_not_ours_is_left_alone(install, tmp_path):
    (installed(tmp_path) / "jars").mkdir(parents=True)
    result = install(CLOSED, CLOSED)
    assert result.returncode == 2
    assert "was not made by this script" in result.stderr


def without(files, *names):
    return {path: content for path, content in files.items() if path not in names}


FIRST_HOSTS = {
    "not found": lambda files: Host(without(files, PATH)),
    "truncated": lambda files: Host(files | {PATH: files[PATH][:-1000]}),
    "wrong digest": lambda files: Host(files | {PATH: tarball(member(f"{NAME}/more"))}),
    "html with status 200": lambda files: Host(files | {PATH: HTML}),
    "breaks off at once": lambda files: Host(files, breaks={PATH: 0}),
}


@pytest.mark.parametrize("fault", FIRST_HOSTS)
def test_what_the_mirror_lacks_or_gets_wrong_comes_from_the_archive(install, files, tmp_path, fault):
    with serving(FIRST_HOSTS[fault](files)) as mirror, serving(Host(files)) as archive:
        result = install(mirror.address, archive.address)
        assert result.returncode == 0, result.stderr
        assert (PATH, None) in archive.asked
    assert left_behind(tmp_path) == [NAME]


@pytest.mark.parametrize("fault", ["truncated", "wrong digest", "html with status 200"])
def test_where_both_hosts_are_wrong_nothing_is_installed(install, files, tmp_path, fault):
    with serving(FIRST_HOSTS[fault](files)) as host:
        result = install(host.address, host.address)
    assert result.returncode == 4
    assert "no host sent the real" in result.stderr
    assert left_behind(tmp_path) == []


def test_without_a_network_it_is_3_and_says_so(install, tmp_path):
    result = install(CLOSED, CLOSED)
    assert result.returncode == 3
    assert f"could not download {CLOSED}/spark-3.5.3/{NAME}.tgz.sha512" in result.stderr
    assert left_behind(tmp_path) == []


@pytest.fixture
def only(tmp_path):
    """A PATH with the programs that are named and those that every machine has."""

    def path(*programs):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        everywhere = (
            "bash basename cat cmp cp dirname env find grep gzip mkdir mktemp mv realpath rm sha256sum sha512sum tar tail tr wc"
        )
        for program in (*everywhere.split(), *programs):
            if not (folder / program).exists():
                (folder / program).symlink_to(shutil.which(program) or pytest.skip(f"{program} is not installed"))
        return str(folder)

    return path


@pytest.mark.parametrize("client", ["curl", "wget"])
def test_an_interrupted_download_goes_on_where_it_broke_off(install, files, tmp_path, only, client):
    half = len(files[PATH]) // 2
    with serving(Host(files, breaks={PATH: half}, mortal=True)) as host:
        result = install(CLOSED, host.address, PATH=only(client, "gpg"))
    assert result.returncode == 3
    assert f"{half} bytes are there, and the same command goes on from them" in result.stderr
    with serving(Host(files)) as host:
        result = install(CLOSED, host.address, PATH=only(client, "gpg"))
        assert result.returncode == 0, result.stderr
        assert (PATH, f"bytes={half}-") in host.asked
    assert left_behind(tmp_path) == [NAME]


def test_a_transfer_that_breaks_off_again_and_again_is_resumed_by_itself(install, files):
    with serving(Host(files, breaks={PATH: 20_000})) as host:
        assert install(host.address, host.address).returncode == 0
        assert [wanted for path, wanted in host.asked if path == PATH] == [None, "bytes=20000-", "bytes=40000-"]


def test_a_host_without_ranges_starts_over(install, files, tmp_path):
    with serving(Host(files, breaks={PATH: 100}, mortal=True)) as host:
        install(CLOSED, host.address)
    with serving(Host(files, ranges=False)) as host:
        result = install(CLOSED, host.address)
    assert result.returncode == 0, result.stderr


def test_a_whole_download_that_was_not_unpacked_is_not_fetched_again(install, files, tmp_path):
    with serving(Host(without(files, "/KEYS"))) as host:
        assert install(CLOSED, host.address).returncode == 3
    with serving(Host(without(files, PATH))) as host:
        assert install(CLOSED, host.address).returncode == 0
        assert PATH not in [path for path, _ in host.asked]


def test_the_digest_may_be_written_as_gpg_does(install, files):
    digest = hashlib.sha512(files[PATH]).hexdigest().upper()
    groups = [digest[i : i + 8] for i in range(0, 128, 8)]
    files[f"{PATH}.sha512"] = f"{NAME}.tgz: {' '.join(groups[:8])}\n{' ' * 31}{' '.join(groups[8:])}\n".encode()
    with serving(Host(files)) as host:
        assert install(host.address, host.address).returncode == 0


@pytest.mark.parametrize("content", [None, HTML, b"", b"0" * 127, b"0" * 128 + b"  another.tgz\n"], ids=range(5))
def test_without_a_digest_nothing_is_downloaded(install, files, tmp_path, content):
    files = without(files, f"{PATH}.sha512") | ({f"{PATH}.sha512": content} if content is not None else {})
    with serving(Host(files)) as host:
        assert install(host.address, host.address).returncode == 3
        assert PATH not in [path for path, _ in host.asked]
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("name", ["/KEYS", f"{PATH}.asc"])
def test_without_signature_or_keys_nothing_is_installed(install, files, tmp_path, name):
    with serving(Host(without(files, name))) as host:
        result = install(host.address, host.address)
    assert result.returncode == 3
    assert f"could not download {host.address}{name}" in result.stderr
    assert not installed(tmp_path).exists()


@pytest.mark.parametrize("fault", ["another key", "another file", "no signature", "the pinned key"])
def test_a_signature_that_is_not_the_pinned_keys_is_refused(install, files, signer, tmp_path, fault):
    expected = {"another key": "0" * 40, "the pinned key": None}.get(fault, signer.fingerprint)
    if fault == "another file":
        files[f"{PATH}.asc"] = signer.sign(b"something else")
    if fault == "no signature":
        files[f"{PATH}.asc"] = HTML
    with serving(Host(files)) as host:
        result = install(host.address, host.address, SPARK_SIGNER=expected)
    assert result.returncode == 4
    wanted = expected or "0A2D660358B6F6F8071FD16F6606986CF5A8447C"
    assert f"bears no valid signature of the key {wanted}" in result.stderr
    assert not installed(tmp_path).exists()


def test_without_gpg_the_digest_is_checked_and_the_gap_named(install, files, only):
    with serving(Host(without(files, "/KEYS", f"{PATH}.asc"))) as host:
        result = install(host.address, host.address, PATH=only("curl"))
    assert result.returncode == 0, result.stderr
    assert "the SHA-512 was checked, the signature was not" in result.stderr


EVIL = {
    "up": [member(f"{NAME}/../../canary")],
    "absolute": [member("/canary")],
    "another folder": [member("canary")],
    "a link that leads out": [member(f"{NAME}/conf/out", type=tarfile.SYMTYPE, linkname="../../../..")],
    "an absolute link": [member(f"{NAME}/conf/out", type=tarfile.SYMTYPE, linkname="/etc/passwd")],
    "through a link": [member(f"{NAME}/out", type=tarfile.SYMTYPE, linkname="../.."), member(f"{NAME}/out/canary")],
    "a hard link": [member(f"{NAME}/out", type=tarfile.LNKTYPE, linkname="../canary")],
}


@pytest.mark.parametrize("kind", EVIL)
def test_a_tarball_that_leads_out_of_its_folder_is_refused(install, signer, tmp_path, kind):
    files = published(signer, tarball(*EVIL[kind]))
    (tmp_path / "a prefix").mkdir()
    (tmp_path / "a prefix" / "canary").write_text("sings")
    with serving(Host(files)) as host:
        result = install(host.address, host.address)
    assert result.returncode in (4, 6)
    assert not installed(tmp_path).exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a prefix"]
    assert (tmp_path / "a prefix" / "canary").read_text() == "sings"


def test_links_within_the_tarball_are_kept(install, signer, tmp_path):
    files = published(signer, tarball(member(f"{NAME}/conf/link", type=tarfile.SYMTYPE, linkname="../RELEASE")))
    with serving(Host(files)) as host:
        assert install(host.address, host.address).returncode == 0
    assert (installed(tmp_path) / "conf" / "link").read_bytes() == b"Spark 3.5.3\n"


def install_on(mounted: Path, options: str, prefix: str, **environment) -> subprocess.CompletedProcess:
    """Run the script in a namespace of its own, where a small disk is mounted."""
    script = f'mount -t tmpfs -o {options} none "$0" && exec bash "{ROOT}/infra/install_spark.sh" --prefix "$0/{prefix}"'
    alone = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespace of one's own can be had here")
    command = [*alone, "sh", "-c", script, str(mounted)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_a_read_only_folder_is_6(tmp_path):
    result = install_on(tmp_path, "ro", "in here", SPARK_MIRROR=CLOSED, SPARK_ARCHIVE=CLOSED)
    assert result.returncode == 6
    assert f"{tmp_path}/in here cannot be written" in result.stderr


@pytest.mark.parametrize("kilobytes", [24, 64])
def test_a_disk_that_gets_full_is_6(signer, files, tmp_path, kilobytes):
    with serving(Host(files)) as host:
        given = {"SPARK_MIRROR": host.address, "SPARK_ARCHIVE": host.address, "SPARK_SIGNER": signer.fingerprint}
        result = install_on(tmp_path, f"size={kilobytes}k", "", **given)
    assert result.returncode == 6, result.stderr


@pytest.mark.parametrize("words", [["--prefix"], ["--prefix", ""], ["--where", "x"], ["here"]])
def test_a_wrong_argument_is_2(words):
    script = ROOT / "infra" / "install_spark.sh"
    result = subprocess.run(["bash", str(script), *words], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "see --help" in result.stderr


def test_jars_of_delta_that_differ_are_refused(install, files, tmp_path):
    (tmp_path / "jars").mkdir()
    for name in ("delta-spark_2.12-3.3.3.jar", "delta-storage-3.3.3.jar"):
        (tmp_path / "jars" / name).write_bytes(b"not the jar")
    with serving(Host(files)) as host:
        result = install(host.address, host.address, "--jars", str(tmp_path / "jars"))
    assert result.returncode == 4
    assert "does not hold Delta's jars with the SHA-256" in result.stderr
    assert not installed(tmp_path).exists()


@pytest.fixture
def checkout(tmp_path):
    """What the script needs of a checkout; there is no .venv in it."""
    for name in ("infra/install_spark.sh", "infra/spark-defaults.conf", "pipelines/brickyard/delta-jars.sha256"):
        (tmp_path / "checkout" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "checkout" / name)
    return tmp_path / "checkout"


def ivy_tarball() -> bytes:
    """The same, with the Ivy of the real distribution."""
    (ivy,) = (Path(pyspark.__file__).parent / "jars").glob("ivy-*.jar")
    buffer = io.BytesIO(tarball())
    out = io.BytesIO()
    with tarfile.open(fileobj=buffer) as content, tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
        for one in content:
            archive.addfile(one, content.extractfile(one))
        archive.add(ivy, f"{NAME}/jars/{ivy.name}")
    return out.getvalue()


@pytest.mark.parametrize("jars", ["real", "damaged", "missing"])
def test_without_a_venv_ivy_fetches_the_jars_of_delta(install, signer, checkout, tmp_path, jars):
    repository = tmp_path / "repository"
    repository.mkdir()
    for jar in (Path(pyspark.__file__).parent / "jars").glob("delta-s*.jar"):
        (repository / jar.name).write_bytes({"real": jar.read_bytes(), "damaged": b"PK", "missing": b""}[jars])
        if jars == "missing":
            (repository / jar.name).unlink()
    (tmp_path / "ivy.xml").write_text(
        f"""<ivysettings><settings defaultResolver="disk"/><resolvers><filesystem name="disk">
        <artifact pattern="{repository}/[artifact]-[revision].[ext]"/></filesystem></resolvers></ivysettings>"""
    )
    with serving(Host(published(signer, ivy_tarball()))) as host:
        script = checkout / "infra" / "install_spark.sh"
        result = install(host.address, host.address, script=script, IVY_SETTINGS=str(tmp_path / "ivy.xml"))
    assert result.returncode == {"real": 0, "damaged": 4, "missing": 3}[jars], result.stderr
    assert installed(tmp_path).exists() == (jars == "real")


def test_without_venv_and_java_it_says_what_to_do(install, files, checkout, only):
    with serving(Host(files)) as host:
        script = checkout / "infra" / "install_spark.sh"
        result = install(host.address, host.address, script=script, PATH=only("curl", "gpg"), JAVA_HOME=None)
    assert result.returncode == 2
    assert "run `make setup`, or name a folder with --jars" in result.stderr
