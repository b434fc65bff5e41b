"""What a cohort says as a whole: counts that add up, and the summary made of them."""
