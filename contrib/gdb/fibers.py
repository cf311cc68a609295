# SPDX-License-Identifier: BSD-2-Clause
"""fibers - what the fibers of a postern process are waiting for, in gdb.

    (gdb) source contrib/gdb/fibers.py
    (gdb) fibers               one line for each fiber
    (gdb) fibers bt            and its backtrace
    (gdb) fibers bt session    only those whose name holds "session"

Works on a live process and on a core file. Needs debugging symbols of
run/fiber.c. The fibers hang in a list from `process` there; a suspended one
stands in stack_leave (run/stack.c), whose frame it has noted, and from that
frame pointer gdb can go on by itself.
"""
import gdb
import gdb.unwinder

REGISTERS = {  # architecture: program counter, stack and frame pointer
    "i386:x86-64": ("rip", "rsp", "rbp"),
    "aarch64": ("pc", "sp", "x29"),
}


class FrameId:
    """What gdb asks of a frame's identity."""

    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class FiberUnwinder(gdb.unwinder.Unwinder):
    """Lets gdb step from the innermost real frame into a fiber's stack."""

    def __init__(self):
        super().__init__("postern-fiber")
        self.frame = None    # of the fiber to show
        self.top = None      # stack pointer of the innermost real frame

    def show(self, frame):
        self.frame = frame
        gdb.invalidate_cached_frames()

    def __call__(self, pending):
        if self.frame is None:
            return None
        names = REGISTERS[pending.architecture().name()]
        pc, sp = (pending.read_register(name) for name in names[:2])
        if int(sp) != self.top:
            return None
        word = gdb.lookup_type("unsigned long").pointer()
        saved = gdb.Value(self.frame).cast(word)
        # An identity below all frames of the fiber: gdb takes a caller that
        # lies deeper than its callee for a broken stack.
        info = pending.create_unwind_info(
            FrameId(gdb.Value(self.frame - 64), pc))
        info.add_saved_register(names[0], saved[1])
        info.add_saved_register(names[1], gdb.Value(self.frame + 16))
        info.add_saved_register(names[2], saved[0])
        return info


unwinder = FiberUnwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)


def process():
    """The static variable of run/fiber.c, whatever else has that name."""
    for symbol in gdb.lookup_static_symbols("process", gdb.SYMBOL_VAR_DOMAIN):
        value = symbol.value()
        try:
            value["youngest"]["pool"]
            return value
        except gdb.error:
            continue
    raise gdb.GdbError("no fibers here: run/fiber.c has no symbols")


def all_fibers(root):
    fibers = root["youngest"]
    while fibers:
        fiber = fibers["all"]
        while fiber:
            yield fiber
            fiber = fiber["next"]
        fibers = fibers["older"]


def backtrace(fiber):
    """The text of its frames, without the real one that leads to them."""
    top = gdb.newest_frame()
    names = REGISTERS[top.architecture().name()]
    unwinder.top = int(top.read_register(names[1]))
    unwinder.show(int(fiber["stack"]["frame"]))
    try:
        lines = gdb.execute("bt", to_string=True)
    finally:
        unwinder.show(None)
    shown = []
    for line in lines.splitlines():
        if not line.startswith("#0 "):
            shown.append(line)
        if " fiber_main " in line:      # what lies behind is libc's entry
            break
    return shown


class Fibers(gdb.Command):
    """Lists fibers: fibers [bt [NAME]]."""

    def __init__(self):
        super().__init__("fibers", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        root = process()
        for fiber in all_fibers(root):
            name = fiber["name"].string()
            if len(words) > 1 and words[1] not in name:
                continue
            state = str(fiber["state"]).replace("FB_", "")
            flags = " canceled" if fiber["is_canceled"] else ""
            print("%s  %-16s %s%s" % (fiber, name, state, flags))
            if words[:1] != ["bt"]:
                continue
            if fiber == root["self"]:
                print(gdb.execute("bt", to_string=True), end="")
            elif not fiber["stack"]["is_fresh"]:
                print("\n".join(backtrace(fiber)))


Fibers()
