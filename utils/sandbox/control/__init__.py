"""What every sandbox server shares: its clock, its faults, its call log and the routes that steer them."""

from utils.sandbox.control.calls import CallLog, CallRecord
from utils.sandbox.control.clock import ClockError, ManualTime, SandboxClock, TimeSource
from utils.sandbox.control.faults import Fault, FaultTable
from utils.sandbox.control.readers import sandbox_app
from utils.sandbox.control.routes import ControlError, ControlledServer, control_routes, read_object

__all__ = [
    "CallLog",
    "CallRecord",
    "ClockError",
    "ControlError",
    "ControlledServer",
    "Fault",
    "FaultTable",
    "ManualTime",
    "SandboxClock",
    "TimeSource",
    "control_routes",
    "read_object",
    "sandbox_app",
]
