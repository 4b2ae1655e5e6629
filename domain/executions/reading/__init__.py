"""Reading executions: pages for lists, batches for loaders, whole trees for reports."""
