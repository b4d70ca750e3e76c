;; The host drops a handle; the destructor never comes back.
(component
  (core module $core (func (export "destroy") (param i32) (loop $forever (br $forever))))
  (core instance $core (instantiate $core))
  (type $thing (resource (rep i32) (dtor (core func $core "destroy"))))
  (core func $new (canon resource.new $thing))
  (func $make (param "number" u32) (result (own $thing)) (canon lift (core func $new)))
  (component $interface
    (import "thing" (type $inner (sub resource)))
    (import "make" (func $make (param "number" u32) (result (own $inner))))
    (export $thing "thing" (type $inner))
    (export "[constructor]thing" (func $make) (func (param "number" u32) (result (own $thing)))))
  (instance $things (instantiate $interface (with "thing" (type $thing)) (with "make" (func $make))))
  (export "acme:bad/things@0.1.0" (instance $things)))
