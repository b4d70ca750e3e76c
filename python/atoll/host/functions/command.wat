;; A command whose output is a response: what it prints is the body, behind a head that says that it is JSON.
(component
  (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error-type))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "output-stream" (type $out (sub resource)))
    (alias outer 1 $error-type (type $e))
    (export "error" (type $err (eq $e)))
    (type $stream-error' (variant (case "last-operation-failed" (own $err)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $stream-error')))
    (export "[method]output-stream.blocking-write-and-flush" (func
      (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export $streams "output-stream" (type $output-stream))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output-stream (type $o))
    (export "output-stream" (type $out (eq $o)))
    (export "get-stdout" (func (result (own $out))))))
  (import "wasi:cli/run@0.2.0" (instance $command (export "run" (func (result (result))))))

  (core module $memory
    (memory (export "memory") 1)
    (data (i32.const 16) "content-type: application/json\n\n"))
  (core instance $held (instantiate $memory))
  (alias core export $held "memory" (core memory $bytes))
  (core func $get-stdout (canon lower (func $stdout "get-stdout")))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $bytes)))
  (core func $drop (canon resource.drop $output-stream))
  (core func $run (canon lower (func $command "run")))
  (core module $code
    (import "host" "get-stdout" (func $get-stdout (result i32)))
    (import "host" "write" (func $write (param i32 i32 i32 i32)))
    (import "host" "drop" (func $drop (param i32)))
    (import "host" "run" (func $run (result i32)))
    (func (export "run") (result i32)
      (local $stdout i32)
      (local.set $stdout (call $get-stdout))
      (call $write (local.get $stdout) (i32.const 16) (i32.const 32) (i32.const 0))
      (call $drop (local.get $stdout))
      (call $run)))
  (core instance $done (instantiate $code (with "host" (instance
    (export "get-stdout" (func $get-stdout)) (export "write" (func $write)) (export "drop" (func $drop)) (export "run" (func $run))))))
  (func $handle (result (result)) (canon lift (core func $done "run")))
  (instance $exported (export "run" (func $handle)))
  (export "wasi:cli/run@0.2.0" (instance $exported)))
