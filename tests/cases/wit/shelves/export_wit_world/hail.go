package export_wit_world

import "example.com/shelves/wit_world"

func Hail(name string) string {
	wit_world.Log("hailing " + name)
	return "hail, " + name
}
