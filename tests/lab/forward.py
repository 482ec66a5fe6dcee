"""Carry connections of a socket of the host to an address in the namespace.

Started inside the namespace with a listening socket as descriptor: a socket
stays in the namespace it was made in, so what is accepted comes from the host
while what is opened here goes to the lab.
"""

import asyncio
import socket
import subprocess
import sys


def listen(first):
    """A listening socket on first, or on any free port when it is taken."""
    for port in (first, 0):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            sock.close()
            continue
        sock.listen(64)
        return sock
    raise OSError("no free port on 127.0.0.1")


def start(namespace, address, log, first=8080):
    """Forward a port of the host's 127.0.0.1 to address; (process, port)."""
    with listen(first) as sock:
        words = namespace.command(sys.executable, __file__,
                                  str(sock.fileno()), address)
        process = subprocess.Popen(words, pass_fds=[sock.fileno()],
                                   stdin=subprocess.DEVNULL, stderr=log,
                                   start_new_session=True)
        return process, sock.getsockname()[1]


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def serve(sock, host, port):
    tasks = set()       # asyncio itself holds only weak references

    async def connected(reader, writer):
        task = asyncio.current_task()
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        try:
            far_reader, far_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, far_writer),
                             copy(far_reader, writer))
        writer.close()
        far_writer.close()

    async with await asyncio.start_server(connected, sock=sock) as server:
        await server.serve_forever()


if __name__ == "__main__":
    near = socket.socket(fileno=int(sys.argv[1]))
    near.setblocking(False)
    far_host, _, far_port = sys.argv[2].rpartition(":")
    asyncio.run(serve(near, far_host, int(far_port)))
