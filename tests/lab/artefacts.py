"""The boot files and images that nodes are sent, built once and kept."""

import subprocess

import instance

AGENT = ("agent/amd64/vmlinuz", "agent/amd64/initrd.img",
         "images/debian-12-amd64.img")


def files():
    """Name below the files' directory -> where it lies."""
    return {name: instance.BUILD / "files" / name for name in AGENT}
