"""The process: everything is built here once, opened in order and closed in reverse."""

import os

# python-telegram-bot warns at every flood refusal unless asked for its coming way of giving waiting times
os.environ.setdefault("PTB_TIMEDELTA", "true")
# several workers with several BLAS threads each fight for the cores (measured 3.7 times slower); numpy reads these
# when it is imported, and worker processes inherit them
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
