"""Requests, responses, headers and bodies, as `atoll_guest.http` offers them and as each kind of app is served by them."""
