"""Many samples scored at once: from the columns of a matrix to rows of the four tables."""
