/** The texts that users read. */
@NullMarked
package io.paddock.deployer.text;

import org.jspecify.annotations.NullMarked;
