// Package export_test_shelves_library is what the component exports.
package export_test_shelves_library

import (
	"runtime"
	"strings"

	. "example.com/shelves/test_shelves_books"
	stock "example.com/shelves/test_shelves_stock"
	. "example.com/shelves/wit_types"
)

// Shelf keeps books.
type Shelf struct {
	pinner runtime.Pinner
	handle int32
	room   uint32
	books  []Book
}

var ended uint32

// OnDrop is called when nobody has the shelf any more.
func (self *Shelf) OnDrop() { ended++ }

func MakeShelf(room uint32) *Shelf { return &Shelf{room: room} }

func ShelfEmpty() *Shelf { return MakeShelf(0) }

func (self *Shelf) Put(book Book) Result[uint32, ShelfError] {
	if uint32(len(self.books)) == self.room {
		return Err[uint32, ShelfError](ShelfError_Full)
	}
	self.books = append(self.books, book)
	return Ok[uint32, ShelfError](uint32(len(self.books)))
}

func (self *Shelf) Find(word string) Found {
	var found []Book
	for _, book := range self.books {
		if strings.Contains(book.Title, word) {
			found = append(found, book)
		}
	}
	switch len(found) {
	case 0:
		return MakeFoundNothing()
	case 1:
		return MakeFoundOne(found[0])
	}
	return MakeFoundMany(found)
}

func Turn(words []string, by Option[int64]) ([]string, bool, rune) {
	for range by.SomeOr(1) {
		words = append(words[1:], words[0])
	}
	return words, by.IsSome(), []rune(words[0])[0]
}

func Count(of *Shelf) uint32 { return uint32(len(of.books)) }

func Merge(one *Shelf, other *Shelf) *Shelf {
	made := &Shelf{room: one.room + other.room, books: append(one.books, other.books...)}
	one.Drop()
	other.Drop()
	return made
}

func Same(shelf *Shelf) *Shelf { return shelf }

func Ended() uint32 { return ended }

func Audit(who string, books []Book) Result[Tuple2[float64, uint32], string] {
	ledger := stock.MakeLedger(who)
	defer ledger.Drop()
	sum := Tuple2[float64, uint32]{}
	for _, book := range books {
		price := stock.Price(book)
		if price.IsErr() {
			return Err[Tuple2[float64, uint32], string](price.Err())
		}
		sum.F0 += price.Ok()
		sum.F1 = ledger.Note(book.Title)
	}
	return Ok[Tuple2[float64, uint32], string](sum)
}

func Sign(in *stock.Ledger, marks Marks) Marks {
	// What is borrowed is given back before the call ends.
	defer in.Drop()
	in.Note("signed")
	return marks | Marks_Lent
}

func Pass(ledger *stock.Ledger) *stock.Ledger { return stock.Lend(ledger) }
