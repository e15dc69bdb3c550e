package rpc

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/wire"
)

// codec is gRPC's own for protobuf, but for two things. Hot messages are written and read by their own code. And where one cannot be read, gRPC
// would answer INTERNAL, before anybody here could say that it is the sender who is wrong.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2("proto")} }

// Marshal writes a message.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	hot, ok := v.(wire.Hot)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	size := hot.SizeVT()
	if mem.IsBelowBufferPoolingThreshold(size) {
		buf, err := wire.Marshal(hot)
		return mem.BufferSlice{mem.SliceBuffer(buf)}, err
	}
	pool := mem.DefaultBufferPool()
	buf := pool.Get(size)
	if _, err := hot.MarshalToSizedBufferVT((*buf)[:size]); err != nil {
		pool.Put(buf)
		return nil, err
	}
	return mem.BufferSlice{mem.NewBuffer(buf, pool)}, nil
}

// letter is a message to be read, and what is wrong with it.
type letter struct {
	to  any
	err error
}

// Unmarshal reads a message; of a letter it keeps what is wrong for the caller's answer.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	l, ok := v.(*letter)
	if !ok {
		return c.read(data, v)
	}
	l.err = c.read(data, l.to)
	return nil
}

// read reads a message, a hot one by its own code, which leaves it to Check whether text is UTF-8.
func (c codec) read(data mem.BufferSlice, v any) error {
	hot, ok := v.(wire.Hot)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	whole := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer whole.Free()
	return wire.Unmarshal(whole.ReadOnlyData(), hot)
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
