"""The exports of a component: how a request, or a run, reaches the user's code."""
