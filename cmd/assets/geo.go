// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The sizes of interface.md 4.
const (
	regionWidth, regionTolerance, regionMinRing    = 640, .7, 12
	countryWidth, countryTolerance, countryMinRing = 420, .9, 3
	labelArea                                      = 900 // square units
)

// source is printed under every map.
const source = "Bron: Kadaster / Centraal Bureau voor de Statistiek, 2023"

func runGeo(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("geo", flag.ContinueOnError)
	borders := flags.String("borders", "", "GeoJSON of the municipalities, property code")
	names := flags.String("names", "", "CSV with gm_code, name, pv_code in the first three columns")
	dir := flags.String("out", "", "folder to write to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	areas, err := readNames(*names)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(*borders)
	if err != nil {
		return fmt.Errorf("read borders: %w", err)
	}
	shapes, err := readShapes(raw)
	if err != nil {
		return err
	}
	for file, m := range pack(shapes, areas) {
		if err := writeMap(filepath.Join(*dir, file), m); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: %d areas, height %v\n", file, len(m.Areas), m.Height)
	}
	return nil
}

// pack makes one region map per province and the country map.
func pack(shapes []shape, areas map[string]areaName) map[string]Map {
	maps := map[string]Map{}
	byProvince := map[string][]shape{}
	for _, s := range shapes {
		pv := areas[s.code].province
		byProvince[pv] = append(byProvince[pv], s)
	}
	for pv, part := range byProvince {
		maps[pv+".json"] = draw(part, areas, regionWidth, regionTolerance, regionMinRing)
	}
	maps["NL.json"] = draw(shapes, areas, countryWidth, countryTolerance, countryMinRing)
	return maps
}

type areaName struct{ name, province string }

func readNames(path string) (map[string]areaName, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	out := map[string]areaName{}
	for _, row := range rows[1:] {
		out[row[0]] = areaName{row[1], row[2]}
	}
	return out, nil
}

func writeMap(path string, m Map) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write map: %w", err)
	}
	enc := json.NewEncoder(f)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		f.Close()
		return fmt.Errorf("write map: %w", err)
	}
	return f.Close()
}
