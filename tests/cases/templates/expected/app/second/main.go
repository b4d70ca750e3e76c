package main // {{ .Go }} and {{project-name}}
