"""From a file of any supported tool to profiles: opened, checked, and told how it was understood."""
