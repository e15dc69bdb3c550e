package vectors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxDepth is how deep a file nests at most; the format needs six.
const maxDepth = 32

// checkKeys refuses what the decoder passes over: a key that stands twice in
// one object, of which only the last would be read, and anything after the end.
func checkKeys(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber() // how large a number may be is for its reader to say
	line := func() int { return 1 + bytes.Count(text[:dec.InputOffset()], []byte("\n")) }
	var open []map[string]bool // the keys of each open object; nil for an array
	isKey, ended := false, false
	for {
		token, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF) && ended:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("line %d: the file ends too early", line())
		case err != nil:
			return fmt.Errorf("line %d: %w", line(), err)
		case ended:
			return fmt.Errorf("line %d: more after the end: want one JSON object a file", line())
		}
		inObject := len(open) > 0 && open[len(open)-1] != nil
		if key, ok := token.(string); ok && inObject && isKey {
			if keys := open[len(open)-1]; keys[key] {
				return fmt.Errorf("line %d: %.40q stands twice in one object: remove one", line(), key)
			}
			open[len(open)-1][key] = true
			isKey = false
			continue
		}
		switch token {
		case json.Delim('{'):
			open = append(open, make(map[string]bool))
		case json.Delim('['):
			open = append(open, nil)
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) > maxDepth {
			return fmt.Errorf("line %d: nests more than %d deep", line(), maxDepth)
		}
		isKey, ended = true, len(open) == 0 // what follows a value in an object is a key
	}
}
