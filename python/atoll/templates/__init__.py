"""Templates of new apps and components: Spin's format, read, rendered and written.

`store` finds templates; `making` makes a new app of one, or puts a component into an app. A template is data: none of
its code runs, and its files land where they were asked for and nowhere else. The shipped ones lie in `library`.
"""
