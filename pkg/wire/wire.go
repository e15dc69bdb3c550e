// Package wire writes and reads the messages that every complaint goes through by code of their own, which takes a third of the time that reflection
// takes; all others as protobuf does.
//
// That code does not look whether text is UTF-8, nor how deep messages nest. rpc.Check looks for the one in what callers send; and no hot message
// can hold its own kind, so that none nests deep.
package wire

import "google.golang.org/protobuf/proto"

// Hot is a message that has code of its own: .tools/buf/gen-hot.yaml lists the files.
type Hot interface {
	proto.Message
	SizeVT() int
	MarshalToSizedBufferVT(buf []byte) (int, error)
	UnmarshalVT(data []byte) error
}

// Marshal returns m in protobuf's binary form.
func Marshal(m proto.Message) ([]byte, error) {
	hot, ok := m.(Hot)
	if !ok {
		return proto.Marshal(m)
	}
	buf := make([]byte, hot.SizeVT())
	n, err := hot.MarshalToSizedBufferVT(buf)
	return buf[len(buf)-n:], err
}

// Unmarshal sets m to what data holds, as protobuf would, but for its look at text.
func Unmarshal(data []byte, m proto.Message) error {
	hot, ok := m.(Hot)
	if !ok {
		return proto.Unmarshal(data, m)
	}
	proto.Reset(m)
	return hot.UnmarshalVT(data)
}

// Size returns how many bytes Marshal would return.
func Size(m proto.Message) int {
	if hot, ok := m.(Hot); ok {
		return hot.SizeVT()
	}
	return proto.Size(m)
}
