package intake

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/s3"
	"redress.dev/services/intake/internal/server"
	"redress.dev/services/intake/internal/store"
)

// Evidence is what intake is told about the files that are kept with complaints.
type Evidence struct {
	// Store is where their content is kept: "postgres", or s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION.
	Store string `env:"STORE" envDefault:"postgres"`
	// S3CredentialsFile holds the credentials of an S3 store in AWS' form; without one, AWS' own variables and roles hold.
	S3CredentialsFile string `env:"S3_CREDENTIALS_FILE"`
	// MaxFileBytes is the largest file.
	MaxFileBytes int64 `env:"MAX_FILE_BYTES" envDefault:"20971520"`
	// MaxFiles and MaxBytes are the most that one complaint has.
	MaxFiles int   `env:"MAX_FILES" envDefault:"50"`
	MaxBytes int64 `env:"MAX_BYTES" envDefault:"209715200"`
	// MediaTypes are those that are taken, comma-separated.
	MediaTypes []string `env:"MEDIA_TYPES" envDefault:"image/jpeg,image/png,image/webp,image/heic,application/pdf,video/mp4,audio/mpeg,audio/wav,audio/mp4,audio/amr,text/plain,application/vnd.openxmlformats-officedocument.wordprocessingml.document,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"`
}

// check returns what is wrong with e.
func (e Evidence) check() error {
	for _, t := range e.MediaTypes {
		if t != strings.ToLower(t) || strings.Count(t, "/") != 1 || strings.ContainsAny(t, " ;*") {
			return fmt.Errorf("INTAKE_EVIDENCE_MEDIA_TYPES: %q is no media type as in image/jpeg", t)
		}
	}
	if e.MaxFileBytes < 1 || e.MaxFiles < 1 || e.MaxBytes < e.MaxFileBytes {
		return fmt.Errorf("INTAKE_EVIDENCE_MAX_FILE_BYTES, _MAX_FILES and _MAX_BYTES: a file has %d bytes, a complaint %d files of %d bytes; "+
			"want each at least 1, and room for one file of the largest size",
			e.MaxFileBytes, e.MaxFiles, e.MaxBytes)
	}
	_, err := e.contents(nil)
	return err
}

// contents returns the store of content.
func (e Evidence) contents(pool *pgxpool.Pool) (server.Contents, error) {
	if e.Store == "" || e.Store == "postgres" {
		return store.Contents{Pool: pool}, nil
	}
	c, err := s3.Open(e.Store, e.S3CredentialsFile)
	if err != nil {
		return nil, fmt.Errorf("INTAKE_EVIDENCE_STORE: %w; or postgres", err)
	}
	return c, nil
}

// rules are what is taken, as the domain knows it.
func (e Evidence) rules() domain.EvidenceRules {
	return domain.EvidenceRules{MaxFileBytes: e.MaxFileBytes, MaxFiles: e.MaxFiles, MaxBytes: e.MaxBytes, MediaTypes: e.MediaTypes}
}
