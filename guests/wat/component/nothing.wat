;; Exports nothing: there is nothing to call.
(component)
