"""What running costs: `make bench` measures Bakehouse beside a floor and beside kfp, in one go, and prints ratios."""
