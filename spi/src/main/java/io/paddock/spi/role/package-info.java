/** Roles and databases: one owner, one login role a binding. */
@NullMarked
package io.paddock.spi.role;

import org.jspecify.annotations.NullMarked;
