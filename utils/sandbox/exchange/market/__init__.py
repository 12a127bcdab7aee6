"""What happens in the market, without any protocol: paths, bars, trades, book, funding."""
