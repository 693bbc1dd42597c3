// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

module alga.example/appliance/runc

go 1.26
