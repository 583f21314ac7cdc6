"""Reads workbooks through a child process that is kept for the next one (see workbook_child.py)."""

from __future__ import annotations

import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from include.ingest.readers.sheet import (
    BLOCK_CELLS,
    BLOCK_CHARACTERS,
    HEAD_ROWS,
    Block,
    Marks,
    Sheet,
    Unreadable,
)

_SCRIPT = Path(__file__).with_name("workbook_child.py")
_BLOCK_ROWS = 8_192
"""Small, so that one block is landed while the child makes the next, and neither holds much."""
_LARGEST_FRAME = 6 * BLOCK_CHARACTERS
"""Bytes: a character is written with six at most, and what is not text is short."""


@dataclass(frozen=True)
class WorkbookLimits:
    """Bounds of reading one workbook."""

    sheets: int
    rows: int
    columns: int
    cell_characters: int
    memory_bytes: int
    seconds: float


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    """A pipe of a child that was started with pipes."""
    if pipe is None:
        raise RuntimeError("the reading process has no pipe")
    return pipe


class _Child:
    """A reading process; one request at a time."""

    def __init__(self, memory_bytes: int) -> None:
        self.memory_bytes = memory_bytes
        self.process = subprocess.Popen(
            [sys.executable, "-E", "-s", str(_SCRIPT), str(memory_bytes)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            # One arena: the limit is on address space, and a reserve for each thread would count as if it were used.
            env={**os.environ, "MALLOC_ARENA_MAX": "1"},
        )  # fmt: skip
        self.owner = os.getpid()

    def ask(self, request: dict[str, Any]) -> None:
        _pipe(self.process.stdin).write(json.dumps(request).encode() + b"\n")

    def frame(self, deadline: float) -> dict[str, Any]:
        """The next frame of the answer."""
        (size,) = struct.unpack(">I", self._read(4, deadline))
        if size > _LARGEST_FRAME:
            raise Unreadable("reading_too_heavy")
        answer: dict[str, Any] = json.loads(self._read(size, deadline))
        if sum(answer["sizes"]) > _LARGEST_FRAME:
            raise Unreadable("reading_too_heavy")
        answer["blobs"] = [self._read(size, deadline) for size in answer["sizes"]]
        return answer

    def _read(self, size: int, deadline: float) -> bytes:
        descriptor = _pipe(self.process.stdout).fileno()
        chunks, left = [], size
        while left:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise Unreadable("reading_too_long")
            chunk = os.read(descriptor, min(left, 1 << 20))
            if (
                not chunk
            ):  # it died: the one thing that kills it is the memory limit (an abort of the native reader)
                raise Unreadable("reading_too_heavy")
            chunks.append(chunk)
            left -= len(chunk)
        return b"".join(chunks)

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self.process.wait()


_idle: list[_Child] = []
_guard = threading.Lock()


def _borrow(memory_bytes: int) -> _Child:
    with _guard:
        while _idle:
            child = _idle.pop()
            # After a fork the parent's child is not ours to talk to.
            if (
                child.owner == os.getpid()
                and child.memory_bytes == memory_bytes
                and child.process.poll() is None
            ):
                return child
    return _Child(memory_bytes)


def read_workbook(path: Path, limits: WorkbookLimits) -> Iterator[Sheet]:
    """The sheets of a workbook; each sheet's blocks must be taken before the next sheet.

    Raises:
        Unreadable: damaged, encrypted or beyond a limit.
    """
    child = _borrow(limits.memory_bytes)
    deadline = time.monotonic() + limits.seconds
    finished = False
    try:
        try:
            child.ask(
                {"path": str(path), "sheets": limits.sheets, "columns": limits.columns, "rows": limits.rows,
                 "characters": limits.cell_characters, "block": _BLOCK_ROWS, "head": HEAD_ROWS, "cells": BLOCK_CELLS,
                 "frame": BLOCK_CHARACTERS}
            )  # fmt: skip
        except OSError:
            raise Unreadable("reading_too_heavy") from None
        answer = _Answer(child, deadline)
        yield from answer.sheets()
        finished = True
    finally:
        if finished:
            with _guard:
                _idle.append(child)
        else:  # in the middle of an answer, or dead
            child.end()


class _Answer:
    """The frames of one answer, sheet by sheet."""

    def __init__(self, child: _Child, deadline: float) -> None:
        self.child, self.deadline = child, deadline
        self.next: dict[str, Any] = {}

    def sheets(self) -> Iterator[Sheet]:
        self._advance()
        while "sheet" in self.next:
            about = self.next
            blocks = self._blocks()
            yield Sheet(
                about["sheet"], about["number"], about["visible"], blocks,
                marks=Marks(**about["marks"]), describes=about["describes"],
            )  # fmt: skip
            for _ in blocks:  # whatever the taker left
                pass

    def _blocks(self) -> Iterator[Block]:
        self._advance()
        while "types" in self.next:
            yield _block(self.next)
            self._advance()

    def _advance(self) -> None:
        self.next = self.child.frame(self.deadline)
        if "error" in self.next:
            raise Unreadable(self.next["error"], self.next.get("detail"))


def _block(frame: dict[str, Any]) -> Block:
    columns = [
        pa.StringArray.from_buffers(len(starts) // 4 - 1, pa.py_buffer(starts), pa.py_buffer(texts))
        for starts, texts in zip(frame["blobs"][::2], frame["blobs"][1::2], strict=True)
    ]
    rows = len(columns[0]) if columns else 0
    letters = [
        pa.array(list(letters), pa.string()) if letters else pa.repeat(pa.scalar("t"), rows)
        for letters in frame["types"]
    ]
    return Block(frame["first"], columns, letters)
