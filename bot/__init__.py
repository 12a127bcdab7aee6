"""The process: builds every part once, opens the parts in order and closes them in reverse."""

import os

# without this python-telegram-bot warns at every 429 response that waiting times will become timedelta objects
os.environ.setdefault("PTB_TIMEDELTA", "true")
# several workers with several BLAS threads each compete for the cores (measured: 3.7 times slower); numpy reads
# these variables when it is imported, and worker processes inherit them
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
