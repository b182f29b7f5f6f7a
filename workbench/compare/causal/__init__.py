"""Increments: differences in differences, synthetic controls, interrupted series, hold-outs."""
