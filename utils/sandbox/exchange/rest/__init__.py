"""The exchange's REST answers: parameters, limits, shapes and errors."""
