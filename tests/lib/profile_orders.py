"""What a profile comes to for nf-agent, with each of the four methods."""

import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What each needs, and nothing more.
METHODS = {
    "preseed": {"suite": "bookworm"},
    "autoinstall": {"kernel": "k", "initrd": "i", "iso": "o"},
    "kickstart": {"repository": "http://10.66.0.1/rocky/9"},
    "image": {"image": {"file": "a.tar", "format": "tar"}},
}


def build(directory):
    program = pathlib.Path(directory) / "order"
    subprocess.run(["cc", "-std=gnu2x", "-D_GNU_SOURCE", f"-I{ROOT}/libnf", "-o",
                    program, ROOT / "tests/data/order.c", ROOT / "build/libnf.a",
                    "-ljansson", "-llmdb", "-lsodium"], check=True)
    return program


def order_of(program, method, members, node=None):
    """The order as nf-agent gets it, or the member that is refused."""
    profile = {"method": method, "os_type": "x", **METHODS[method], **members}
    said = subprocess.run([program, *(node or ("", "", ""))], cwd=ROOT,
                          input=json.dumps(profile), capture_output=True,
                          text=True, check=True).stdout
    if said.startswith("refused "):
        return said.split()[1].rstrip(":")
    return json.loads(said)
