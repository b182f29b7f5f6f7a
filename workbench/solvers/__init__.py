"""How plans are found: curves, their concave envelopes, the price search, certificates, branch and bound."""
