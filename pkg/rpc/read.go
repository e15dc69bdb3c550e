package rpc

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"

	"redress.dev/pkg/fault"
)

// codec is gRPC's own for protobuf, but for what cannot be read: gRPC would answer INTERNAL, before anybody here could say that it is the
// sender who is wrong.
type codec struct{ encoding.CodecV2 }

// letter is a message to be read, and what is wrong with it.
type letter struct {
	to  any
	err error
}

// Unmarshal reads a message; of a letter it keeps what is wrong for the caller's answer.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	l, ok := v.(*letter)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	l.err = c.CodecV2.Unmarshal(data, l.to)
	return nil
}

// read receives a message into m.
func read(m any, receive func(any) error) error {
	l := &letter{to: m}
	if err := receive(l); err != nil {
		return err
	}
	if l.err != nil {
		return fault.New(fault.Invalid, "REQUEST_INVALID", "the message cannot be read (%v): it is not protobuf, nests too deeply, or holds text that is not UTF-8", l.err)
	}
	return nil
}
