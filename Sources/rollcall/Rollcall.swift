// Under construction.
@main struct Rollcall { static func main() {} }
