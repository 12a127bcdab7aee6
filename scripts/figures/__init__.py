"""Figures of the modules on recorded market data, as the pages under docs/modules quote them."""
