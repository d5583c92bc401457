// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"fmt"
	"math"
)

type point struct{ X, Y float64 }

// shape is one area with all its rings (outer ones and holes alike: they are
// drawn with the even-odd rule), in projected but unscaled coordinates.
type shape struct {
	code  string
	rings [][]point
}

// readShapes reads a FeatureCollection of Polygons and MultiPolygons and
// projects lon/lat to a plane: x * cos(52.3 deg), y down.
func readShapes(raw []byte) ([]shape, error) {
	var doc struct {
		Features []struct {
			Properties struct {
				Code string `json:"code"`
			} `json:"properties"`
			Geometry struct {
				Type        string          `json:"type"`
				Coordinates json.RawMessage `json:"coordinates"`
			} `json:"geometry"`
		} `json:"features"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("read GeoJSON: %w", err)
	}
	var out []shape
	for _, f := range doc.Features {
		polygons, err := polygons(f.Geometry.Type, f.Geometry.Coordinates)
		if err != nil {
			return nil, fmt.Errorf("read GeoJSON of %s: %w", f.Properties.Code, err)
		}
		s := shape{code: f.Properties.Code}
		for _, polygon := range polygons {
			for _, ring := range polygon {
				s.rings = append(s.rings, project(ring))
			}
		}
		out = append(out, s)
	}
	return out, nil
}

func polygons(kind string, raw json.RawMessage) (out [][][][2]float64, err error) {
	switch kind {
	case "Polygon":
		var one [][][2]float64
		err = json.Unmarshal(raw, &one)
		return append(out, one), err
	case "MultiPolygon":
		err = json.Unmarshal(raw, &out)
		return out, err
	}
	return nil, fmt.Errorf("geometry %q is not an area", kind)
}

func project(ring [][2]float64) []point {
	out := make([]point, len(ring))
	for i, c := range ring {
		out[i] = point{c[0] * math.Cos(52.3*math.Pi/180), -c[1]}
	}
	return out
}
