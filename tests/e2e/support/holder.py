"""Holds a listening socket and hands it to a program, as systemd does for a .socket unit (sd_listen_fds(3)).

usage: holder.py COMMAND...    prints the port, and starts it; SIGUSR1 ends it ("ended"), SIGUSR2 starts it again
"""
import ctypes
import os
import signal
import socket
import sys

FIRST_DESCRIPTOR = 3  # SD_LISTEN_FDS_START
PR_SET_PDEATHSIG = 1
listener = socket.create_server(("127.0.0.1", 0))


def start():
    child = os.fork()
    if child:
        return child
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    if listener.fileno() == FIRST_DESCRIPTOR:
        os.set_inheritable(FIRST_DESCRIPTOR, True)
    else:
        os.dup2(listener.fileno(), FIRST_DESCRIPTOR)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
    os.execvp(sys.argv[1], sys.argv[1:])


signals = {signal.SIGUSR1, signal.SIGUSR2}
signal.pthread_sigmask(signal.SIG_BLOCK, signals)
print("holding", listener.getsockname()[1], flush=True)
child = start()
while True:
    if signal.sigwait(signals) == signal.SIGUSR1:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        print("ended", flush=True)
    else:
        child = start()
