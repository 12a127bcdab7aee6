"""Generated bars through every module: no exception, no NaN in JSON, and reasons that are true."""
