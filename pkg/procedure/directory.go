package procedure

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"
)

// Seat says that a person sits in a post.
type Seat struct {
	Post   string `yaml:"post"`
	Person string `yaml:"person"` // the subject of the person's token, for example "zhou.min"
}

// ParseDirectory reads a pack's directory.yaml: a list of {post, person}, with which a trial of the pack fills the duty directory.
// It fails with *InvalidError unless every post of p has exactly one person.
func ParseDirectory(data []byte, p *Procedure) ([]Seat, error) {
	if len(data) > maxBytes {
		return nil, invalid(FileTooLarge, 0, "the file has %d bytes; at most %d are read", len(data), maxBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var seats []Seat
	if err := dec.Decode(&seats); err != nil && !errors.Is(err, io.EOF) {
		return nil, invalid(FileUnreadable, 0, "it is no list of {post, person}: %v", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, invalid(FileUnreadable, 0, "it is not YAML: %v", err)
	}
	out := &InvalidError{}
	find := func(line int, post, detail string) {
		out.Findings = append(out.Findings, Finding{Code: PostVacant, Path: at("", post), Line: line, Detail: detail})
	}
	seen := map[string]bool{}
	for i, s := range seats {
		line := doc.Content[0].Content[i].Line
		switch _, known := p.Post(s.Post); {
		case !known:
			find(line, s.Post, "the procedure has no such post")
		case s.Person == "":
			find(line, s.Post, "name the person")
		case seen[s.Post]:
			find(line, s.Post, "the post has a person already")
		}
		seen[s.Post] = true
	}
	for _, post := range p.Posts {
		if !seen[post.Key] {
			find(0, post.Key, "nobody sits in the post; add a line")
		}
	}
	if len(out.Findings) > 0 {
		return nil, out
	}
	return seats, nil
}
