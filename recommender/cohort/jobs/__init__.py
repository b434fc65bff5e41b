"""What a cohort can be given as, each as a job: a matrix, profiles in JSON, a table that brings tests."""
