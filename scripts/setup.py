"""Make the environment that a make target needs: `setup.py run | dev | browser | spark`.

Standard library only, and readable by any Python 3, so that an old one gets a sentence and no traceback.
The environment holds exactly the locked packages; a stamp with the hash of all that it was made from
makes the next call instant.
"""

import hashlib
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import browser

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, os.environ.get("VENV") or ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LOCKS = {
    "run": ("requirements.lock",),
    "dev": ("requirements.lock", "requirements-dev.lock"),
    "spark": ("requirements-spark.lock",),
}
OLDEST, NEWEST = (3, 11), (3, 14)
APT_PACKAGES = ("chromium", "fonts-noto-cjk")


def main(goal):
    """Reach a goal: `run` (what the apps need), `dev` (and what tests need), `browser` or `spark`."""
    if goal == "browser":
        return ensure_browser()
    check_version()
    with _lock():
        if goal == "spark":
            return ensure_spark()
        if not any(_read(_stamp(have)) == fingerprint(have) for have in ("dev", goal)):
            install(goal)
    return 0


def check_version():
    """Stop with one sentence where this Python is too old or too new for the locked packages."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        stop(
            "This needs Python 3.%d to 3.%d, and %s is Python %d.%d: install one of those, or name it with"
            " make PYTHON=/path/to/python3." % (OLDEST[1], NEWEST[1], sys.executable, *sys.version_info[:2])
        )


def fingerprint(goal):
    """Hash of all that an environment is made from: Python, place, project file and locks."""
    digest = hashlib.sha256(("%s %s" % (sys.version_info[:2], ROOT)).encode())
    for name in ("pyproject.toml", *LOCKS[goal]):
        digest.update(_read(os.path.join(ROOT, name)).encode())
    return digest.hexdigest()


def install(goal):
    """Create the environment where there is none that fits, then install the locked packages."""
    if not _fits():
        shutil.rmtree(VENV, ignore_errors=True)
        print("Making %s ..." % os.path.relpath(VENV, ROOT), flush=True)
        make_environment()
    print("Installing the locked packages (a few minutes the first time) ...", flush=True)
    locks = [part for name in LOCKS[goal] for part in ("-r", os.path.join(ROOT, name))]
    _pip("--require-hashes", *locks)
    _pip("--no-deps", "--no-build-isolation", "--no-index", "-e", ROOT)
    with open(_stamp(goal), "w") as file:
        file.write(fingerprint(goal))


def make_environment():
    """Make the environment with venv, or with virtualenv where Python came without ensurepip."""
    if _quiet(sys.executable, "-m", "venv", VENV):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    tools = os.path.join(ROOT, ".workbench", "virtualenv")
    _quiet(sys.executable, "-m", "pip", "install", "-q", "--target", tools, "virtualenv")
    if not _quiet(sys.executable, "-m", "virtualenv", "-q", VENV, PYTHONPATH=tools):
        stop(
            "%s can make no environment: it has neither a working venv nor pip. Install one of them"
            " (Debian and Ubuntu: apt-get install python3-venv)." % sys.executable
        )


def ensure_browser():
    """Find a browser for the tests, install Debian's where that is possible, else say what to do."""
    if not browser.find() and not os.environ.get("WORKBENCH_BROWSER"):
        _install_with_apt()
    if browser.find():
        return 0
    print("No browser: the browser tests will NOT run. " + browser.HOW, flush=True)
    return 1 if os.environ.get("WORKBENCH_REQUIRE_BROWSER") else 0


def ensure_spark():
    """Add Spark to the environment where Java is; it comes as source of 400 MB and is built here once."""
    if not shutil.which("java"):
        print("No Java: the tests on Spark will NOT run. Install a Java runtime, 17 or newer.", flush=True)
        return 1 if os.environ.get("WORKBENCH_REQUIRE_SERVERS") else 0
    if _read(_stamp("spark")) != fingerprint("spark"):
        print("Installing Spark for the tests (a few minutes the first time) ...", flush=True)
        _pip("--no-deps", "--no-build-isolation", "--require-hashes", "-r", _spark_lock())
        with open(_stamp("spark"), "w") as file:
            file.write(fingerprint("spark"))
    return 0


def _spark_lock():
    return os.path.join(ROOT, LOCKS["spark"][0])


def stop(sentence):
    """End with one sentence and exit code 1."""
    sys.stdout.flush()
    sys.exit(sentence)


def _install_with_apt():
    apt = shutil.which("apt-get")
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not apt or (prefix and not _quiet(*prefix, "true")):
        return
    print("Installing Debian's chromium for the browser tests ...", flush=True)
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", apt, "-q", "-y"]
    _quiet(*command, "update")
    _quiet(*command, "install", "--no-install-recommends", *APT_PACKAGES)


def _fits():
    """Whether the environment's Python runs, is this version and can install."""
    code = "import sys, pip; sys.exit(sys.version_info[:2] != %r)" % (sys.version_info[:2],)
    return os.path.exists(PYTHON) and _quiet(PYTHON, "-c", code)


def _pip(*arguments):
    command = [PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", *arguments]
    if subprocess.call(command, cwd=ROOT):
        stop("The packages could not be installed: pip says why above. Run the same command again.")


def _quiet(*command, **environment):
    """Run a command without output; whether it ended well."""
    try:
        run = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ, **environment),
            check=False,
        )
    except OSError:
        return False
    return run.returncode == 0


def _stamp(goal):
    return os.path.join(VENV, ".installed-" + goal)


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


class _lock:
    """One set-up at a time: a second `make` waits for the first."""

    def __enter__(self):
        import fcntl

        os.makedirs(os.path.join(ROOT, ".workbench"), exist_ok=True)
        self.file = open(os.path.join(ROOT, ".workbench", "setup.lock"), "w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *error):
        self.file.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
