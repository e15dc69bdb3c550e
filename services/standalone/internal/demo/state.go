package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// state is how far a folder's replay has come. It stands beside the data, and goes with it when the folder is removed.
type state struct {
	// File and Digest name what is replayed.
	File   string `json:"file"`
	Digest string `json:"digest"`
	// Reached is the end of the last window that was replayed whole; zero at the beginning.
	Reached time.Time `json:"reached"`
	// Elapsed is how long the replay took so far, of real time.
	Elapsed time.Duration `json:"elapsed_ns"`
	// Complete is when it was done, by the machine's clock; zero until then.
	Complete time.Time `json:"complete"`
}

// openState reads the state in dir, or begins one for file. A folder holds the complaints of one file only.
func openState(dir string, file File) (state, error) {
	data, err := os.ReadFile(stateFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return state{File: file.Name, Digest: file.Digest}, nil
	}
	if err != nil {
		return state{}, fmt.Errorf("state of the replay: %w", err)
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return state{}, fmt.Errorf("state of the replay, %s: %w", stateFile(dir), err)
	}
	if s.Digest != file.Digest {
		return state{}, fmt.Errorf("%s holds the complaints of %s, and %s is another file or has changed: "+
			"name another folder (REDRESS_DATA=.run/other make run), or remove this one to start afresh", dir, s.File, file.Name)
	}
	return s, nil
}

func stateFile(dir string) string { return filepath.Join(dir, "demo.json") }

// save writes the state in one step.
func (s state) save(dir string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("state of the replay: %w", err)
	}
	name := stateFile(dir)
	if err := os.WriteFile(name+".new", append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("state of the replay: %w", err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		return fmt.Errorf("state of the replay: %w", err)
	}
	return nil
}
