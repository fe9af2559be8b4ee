"""Training: Lightning modules, and nothing else imports Lightning but the data module."""
