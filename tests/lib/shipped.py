"""nginx as it is shipped: with the configuration that we render."""

import os

from nginx import BUILD, IS_ASAN, Nginx


class Shipped(Nginx):
    """With the configuration that `nf config render` writes."""

    def __init__(self, level, mirror=1, settings=None, **more):
        super().__init__({"NF_USER": "root", "NF_LOG_LEVEL": level,
                          "NF_MIRROR_URL": f"http://127.0.0.1:{mirror}/",
                          "NF_LIB_DIR": os.path.join(
                              BUILD, "asan" if IS_ASAN else ""),
                          **(settings or {})}, **more)
        for name in ("log", "run", "cache", "out"):
            os.makedirs(self.path(name), exist_ok=True)
        made = self.nf("config", "render", self.path("out"))
        if made.returncode != 0:
            raise RuntimeError(made.stderr)
        os.makedirs(self.path("run/nginx"), exist_ok=True)
        self.write("nginx.conf",
                   "daemon off;\n" + self.read("out/nginx.conf"))
