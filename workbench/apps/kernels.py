"""The routes of one kernel: asked, talked to and ended by the visitor whom it serves, and by nobody else."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.handlers import KernelHandler
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.web import HTTPError
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler


class OwnKernel:
    """A handler of a route with a kernel's id in it."""

    async def prepare(self, **kwargs: Any) -> None:
        """Know the visitor, then whether the kernel is theirs: one that is not might as well not be there."""
        await super().prepare(**kwargs)  # type: ignore[misc]
        if self._finished or self.current_user is None:  # type: ignore[attr-defined]
            return  # sent to the login, or refused by the method asked for
        kernel_id = self.path_kwargs.get("kernel_id") or next(iter(self.path_args), "")  # type: ignore[attr-defined]
        whose = self.identity_provider.whose(self.current_user)  # type: ignore[attr-defined]
        if not self.settings["seats"].belongs(kernel_id, whose):  # type: ignore[attr-defined]
            raise HTTPError(404)

    def write_error(self, status_code: int, **_: Any) -> None:  # noqa: ARG002
        """The status alone: scripts ask here, and no reader."""
        self.finish()  # type: ignore[attr-defined]


class Kernel(OwnKernel, KernelHandler):  # type: ignore[misc]
    """Whether a kernel is there; a page cannot end, restart or interrupt it by this route."""

    SUPPORTED_METHODS = ("GET",)


class Talk(OwnKernel, KernelWebsocketHandler):  # type: ignore[misc]
    """The line between a page and its kernel, by Jupyter's own handler.

    Voila's reads each binary message as one of another protocol, without end.
    """


class GoodBye(OwnKernel, VoilaShutdownKernelHandler):  # type: ignore[misc]
    """What a page says when it is closed."""

    SUPPORTED_METHODS = ("POST",)
