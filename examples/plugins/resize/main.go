// Makes pictures smaller or larger.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
)

// A few bytes can promise a picture of any size: what is promised is looked at before any room is made for it.
const (
	mostPixels = 40_000_000
	mostWidth  = 8_000
)

type picture struct {
	mediaType     string
	width, height int
	data          []byte
}

func about() string { return "Pictures resized, in Go with its standard library and x/image" }

func resize(data []byte, width int) (*picture, error) {
	told, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("this is no picture: %w", err)
	}
	if told.Width*told.Height > mostPixels {
		return nil, fmt.Errorf("a picture of %d x %d is too large", told.Width, told.Height)
	}
	if width < 1 || width > mostWidth {
		return nil, fmt.Errorf("a picture is from 1 to %d wide, not %d", mostWidth, width)
	}
	height := max(1, told.Height*width/told.Width)
	if width*height > mostPixels {
		return nil, errors.New("the picture would be too large")
	}
	source, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the picture is broken: %w", err)
	}
	made := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.CatmullRom.Scale(made, made.Bounds(), source, source.Bounds(), draw.Src, nil)
	return encoded(made, format)
}

func encoded(made image.Image, format string) (*picture, error) {
	var buffer bytes.Buffer
	var err error
	mediaType := "image/png"
	if format == "jpeg" {
		mediaType = "image/jpeg"
		err = jpeg.Encode(&buffer, made, &jpeg.Options{Quality: 85})
	} else {
		err = png.Encode(&buffer, made)
	}
	if err != nil {
		return nil, err
	}
	return &picture{mediaType, made.Bounds().Dx(), made.Bounds().Dy(), buffer.Bytes()}, nil
}

func main() {}
