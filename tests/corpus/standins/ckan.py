"""CKAN: its `migration` is the real one; the package itself would read a configuration."""

from standing import package

package("ckan")
