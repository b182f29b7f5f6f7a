"""Effects without a random draw: differences in differences, synthetic controls, interrupted series, hold-outs."""
