"""The demo: the whole site, its worker and its content, with one command and nothing prepared.

Makes its own secrets and keys in DATA_DIR, loads the content once, then runs gunicorn and the
worker until Ctrl-C. Where one of the two ends, so does the other.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import setup

ROOT = setup.ROOT
PYTHON = str(setup.VENV / "bin" / "python")
EDITOR = "editor"


def main():
    """Prepare what is missing, start, say where to look, wait."""
    setup.require_python()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: sys.exit(0))
    port, data = chosen_port(), writable_data_dir()
    setup.main("requirements.txt")
    secret = demo_secrets(data)
    environment = demo_environment(port, data, secret)
    prepare(environment, data, secret)
    processes = [
        start([str(setup.VENV / "bin" / "gunicorn"), "advocacy.wsgi"], environment),
        start([PYTHON, "manage.py", "work"], environment),
    ]
    try:
        wait_until_ready(port, processes)
        greet(port, secret, environment)
        while all(process.poll() is None for process in processes):
            time.sleep(0.3)
        sys.exit("The web server or the worker has ended (see above), so the rest ends too.")
    finally:
        stop(processes)


def chosen_port():
    """PORT, if nobody listens there yet."""
    port = os.environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        sys.exit(f"PORT must be a number from 1 to 65535, not {port!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError:
            sys.exit(
                f"Port {port} is taken. Choose another: make run PORT={min(int(port) + 1, 65535)}"
            )
    return int(port)


def writable_data_dir():
    """DATA_DIR, made if need be."""
    data = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve()
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / ".writable"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        sys.exit(
            f"Can't write to {data}: {error.strerror}. "
            "Choose another folder: make run DATA_DIR=/some/folder"
        )
    return data


def demo_secrets(data):
    """The demo's own secrets, made at its first start."""
    path = data / "demo-secrets.json"
    if not path.exists():
        made = {"SECRET_KEY": secrets.token_urlsafe(50), "password": secrets.token_urlsafe(9)}
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    return json.loads(path.read_text())


def demo_environment(port, data, secret):
    """What the settings need. The demo keeps to its own database and keys, whatever is set."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "KEYS_DIR", "DEBUG")}
    return dict(
        kept,
        DEMO="1",
        READ_DOT_ENV="0",
        SECRET_KEY=secret["SECRET_KEY"],
        DATA_DIR=str(data),
        PORT=str(port),
        BIND=f"127.0.0.1:{port}",
        SITE_URL=os.environ.get("SITE_URL", f"http://localhost:{port}"),
        ALLOWED_HOSTS=os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"),
        WEB_CONCURRENCY=os.environ.get("WEB_CONCURRENCY", "3"),
        DJANGO_SETTINGS_MODULE="advocacy.settings",
        LOG_LEVEL=os.environ.get("LOG_LEVEL", "WARNING"),
        PYTHONUNBUFFERED="1",
    )


def prepare(environment, data, secret):
    """Database, keys, content, hashed files: each only where it is missing or has changed."""
    manage(environment, "migrate", "--verbosity=0")
    if not (data / "keys" / "sealing").is_dir():
        private = data / "keys" / "private" / "organisation.private"
        manage(environment, "keys", "make", "--private-key-file", str(private), quiet=True)
    manage(environment, "load_demo", "--editor", EDITOR, typed=secret["password"])
    manage(environment, "collectstatic", "--noinput", "--verbosity=0")


def manage(environment, *arguments, typed="", quiet=False):
    """One manage.py command, or the end."""
    done = subprocess.run(
        [PYTHON, "manage.py", *arguments],
        cwd=str(ROOT),
        env=environment,
        input=typed + "\n",
        text=True,
        stdout=subprocess.DEVNULL if quiet else None,
        preexec_fn=leave_ctrl_c_to_us,
    )
    if done.returncode:
        sys.exit("`manage.py {}` failed (see above).".format(" ".join(arguments)))


def start(command, environment):
    """Start a process in our own group, so that Ctrl-C reaches all."""
    return subprocess.Popen(command, cwd=str(ROOT), env=environment, preexec_fn=leave_ctrl_c_to_us)


def leave_ctrl_c_to_us():
    """Ctrl-C reaches the whole group; who is still starting must not die of it with a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def wait_until_ready(port, processes):
    """Until the server answers, or has ended."""
    for _ in range(200):
        if any(process.poll() is not None for process in processes):
            sys.exit("The site did not start (see above).")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("The site did not answer within 20 seconds.")


def greet(port, secret, environment):
    """Where to look, and how to log in."""
    site = environment["SITE_URL"]
    mail = "sent to the server in EMAIL_URL"
    if not os.environ.get("EMAIL_URL"):
        mail = f"{site}/demo/mailbox/"
    print(
        "\n  The site     {site}/\n  Its mail     {mail}\n  Editors      {site}/admin/"
        "   log in as {editor} with the password {password}\n  Data         {data}\n"
        "\n  Ctrl-C ends it; the data stays.\n".format(
            site=site,
            mail=mail,
            editor=EDITOR,
            password=secret["password"],
            data=environment["DATA_DIR"],
        ),
        flush=True,
    )


def stop(processes):
    """Ask all to finish what they are doing, and insist after ten seconds."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


if __name__ == "__main__":
    main()
