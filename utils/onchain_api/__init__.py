"""On-chain, stablecoin and ETF data: one protocol, one file per provider, one reader that knows all of them."""
