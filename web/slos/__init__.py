"""Pages of SLOs: what a list shows of each, the chart of a budget, and the form."""
