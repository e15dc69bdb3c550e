// Package imports turns the rows of people's own files, CSV or Excel, into complaints, by a mapping that says which column is what.
package imports
